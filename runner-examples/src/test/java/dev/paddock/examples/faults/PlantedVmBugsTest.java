package dev.paddock.examples.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import net.bytebuddy.asm.Advice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bugs that one could write about VMs, each of which the fault simulation finds. */
@Tag("ci")
class PlantedVmBugsTest {
    private static final int SEEDS = 500;
    private static final String GCP = "dev.paddock.gcp.";

    static Stream<PlantedBug> bugs() {
        return Stream.of(
                PlantedBug.answering("a VM with a name like ours is ours", GCP + "Ownership", "owns", true),
                PlantedBug.answering("what is being made is not counted", GCP + "LedgerState", "pending", 0.0),
                PlantedBug.advised(
                        "a deletion is asked for again under its old id",
                        GCP + "Ownership",
                        "requestId",
                        SameAgain.class),
                PlantedBug.answering(
                        "who hears nothing takes it for a refusal", GCP + "Sends$Sent", "mayBeDone", false),
                PlantedBug.advised(
                        "what cannot be read is read as empty",
                        "dev.paddock.spi.Listing",
                        "unreachable",
                        NothingIsUnreachable.class));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void eachIsFoundWithinFiveHundredSeeds(PlantedBug bug) {
        String violation = bug.firstViolationOfVms(SEEDS);
        assertThat(violation).as("%s within %d seeds", bug, SEEDS).isNotNull();
    }

    @Test
    void codeThatIsLoadedAgainWithoutABugBreaksNothing() {
        PlantedBug none = PlantedBug.answering("no bug", "dev.paddock.RunnerPool", "toString", "a pool");
        assertThat(none.firstViolationOfVms(5)).isNull();
    }

    static final class SameAgain {
        private SameAgain() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 3, readOnly = false) long attempt) {
            attempt = 1;
        }
    }

    static final class NothingIsUnreachable {
        private NothingIsUnreachable() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) List<String> unreachable) {
            unreachable = List.of();
        }
    }
}
