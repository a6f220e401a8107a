package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendsTest {
    @Test
    @DisplayName("A request that could not even be written was certainly not sent, and is not tried again")
    void unwritten() {
        var time = new HandTime();
        var sends = new Sends(time, new Pauses(time), new AtomicReference<>());
        Sends.Sent<String> sent = sends.<String>send(
                        "creating vm-a",
                        () -> {
                            throw new IllegalStateException("there is no field of that name");
                        },
                        time.instant().plus(Duration.ofMinutes(5)))
                .toCompletableFuture()
                .join();
        assertThat(sent.mayBeDone()).isFalse();
        assertThat(sent.fault().kind()).isEqualTo(ComputeFault.Kind.CONFIGURATION);
        assertThat(sent.fault().message()).isEqualTo("there is no field of that name");
    }
}
