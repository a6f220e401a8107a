package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ZoneNamesTest {
    @Test
    @DisplayName("GCE-17 SLANG-17 all bad names are in one error; names given twice, with spaces, are one zone")
    void bad() {
        assertThat(ZoneNames.checked(List.of("us-east1-c", " us-east1-c ", "us-east1-d")))
                .containsExactly("us-east1-c", "us-east1-d");
        assertThatThrownBy(() -> ZoneNames.checked(List.of("useast1", "us-east1-c", "", "us-east1", "US-EAST1-C")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not names of zones: 'useast1', '', 'us-east1', 'US-EAST1-C'; a zone is named as"
                        + " us-east1-c");
    }

    @Test
    @DisplayName("SLANG-16 no zone at all is refused")
    void none() {
        assertThatThrownBy(() -> ZoneNames.checked(List.of())).hasMessageStartingWith("no zone candidates");
        assertThatThrownBy(() -> ZoneNames.split(" , ,")).hasMessageStartingWith("no zone candidates");
    }

    @Test
    @DisplayName("SLANG-5 a text is split at commas: trimmed, each once, in the order in which they came first")
    void split() {
        assertThat(ZoneNames.split(" us-west1-b, ,us-east1-c,,us-west1-b ,us-east1-d"))
                .containsExactly("us-west1-b", "us-east1-c", "us-east1-d");
    }

    @Test
    @DisplayName("GCE-15 us-central1-ai1a is a zone of us-central1")
    void aiZone() {
        assertThat(ZoneNames.checked(List.of("us-central1-ai1a", "northamerica-northeast2-b")))
                .hasSize(2);
        assertThat(ZoneNames.region("us-central1-ai1a")).isEqualTo("us-central1");
        assertThat(ZoneNames.region("northamerica-northeast2-b")).isEqualTo("northamerica-northeast2");
    }

    @Test
    @DisplayName("of a link the last part counts, whatever host it names")
    void links() {
        assertThat(ZoneNames.last("https://www.googleapis.com/compute/v1/projects/p/zones/us-east1-c"))
                .isEqualTo("us-east1-c");
        assertThat(ZoneNames.last("us-east1-c")).isEqualTo("us-east1-c");
    }
}
