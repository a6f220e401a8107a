package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScalingScenarioTest {
    @Test
    void show() {
        PolicyScenarios.all().forEach((name, scenario) -> {
            long t = System.nanoTime();
            System.out.println(name + "\n" + scenario.get().table() + (System.nanoTime() - t) / 1000000 + " ms");
        });
        assertThat(true).isTrue();
    }
}
