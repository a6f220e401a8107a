package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScaleSetsOverSocketTest extends ScaleSetConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }

    @Test
    @DisplayName("GHS-S15 a call that is never answered is ended by its deadline, five times")
    void aCallThatIsNeverAnsweredEnds() {
        var client = client(builder -> builder.callDeadline(Duration.ofMillis(250)));
        await(client.findScaleSet(1, SET));
        faults().next(Route.GET_SCALE_SET, 9, Fault.hang());
        GitHubException failure = failure(client.scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(failure).hasMessageContaining("250 ms");
        assertThat(requests(Route.GET_SCALE_SET)).hasSizeBetween(4, 5);
    }
}
