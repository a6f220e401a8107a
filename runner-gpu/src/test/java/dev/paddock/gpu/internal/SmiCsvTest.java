package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The CSV of nvidia-smi")
class SmiCsvTest {
    private static final List<String> FIELDS = List.of("index", "uuid", "name", "pci.bus_id", "memory.total");
    private static final String GOOD = "0, GPU-aaaa-1, NVIDIA H200, 00000000:01:00.0, 143771";

    @Test
    @DisplayName("HW-37: loses what is garbage, and nothing else")
    void garbage() {
        String text = "\uFEFF" + GOOD + "\r\n"
                + "1, GPU-aaaa-2, NVID\n"
                + "2, 3\n"
                + "\u0000\u0001\uFFFD\u0007, x, y, z, w\n"
                + "x".repeat(5000) + "\n"
                + GOOD.replace("aaaa-1", "aaaa-9").replace("H200", "H".repeat(5000)) + "\n"
                + "uuid, " + "x".repeat(5000) + "\n"
                + "\n"
                + "3, GPU-aaaa-3, NVIDIA H200, 00000000:03:00.0, 84,60\n";

        SmiOutput output = SmiCsv.gpus(text, FIELDS);

        assertThat(output.rows()).extracting(row -> row.cell("uuid")).containsExactly("GPU-aaaa-1", "GPU-aaaa-3");
        assertThat(SmiText.bytes(output.rows().get(1).cell("memory.total"), 1).detail())
                .isEqualTo("unparsed: 84,60");
        assertThat(output.problems()).contains("not understood: 1, GPU-aaaa-2").doesNotContain("\u0007");
    }

    @Test
    @DisplayName("HW-37: of 5 MB keeps a bounded part")
    void large() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 5_000_000; i++) {
            text.append(i).append(", GPU-").append(i).append(", NVIDIA H200, 00000000:01:00.0, 1\n");
            text.append("garbage ").append(i).append('\n');
        }

        SmiOutput output = SmiCsv.gpus(text.toString(), FIELDS);

        assertThat(output.rows()).hasSize(1024);
        assertThat(output.problems()).hasSizeLessThan(1000).contains("more");
    }

    @Test
    @DisplayName("HW-38: tells of a GPU the tool cannot reach, between those it can")
    void unreachable() {
        String text = GOOD + "\nUnable to determine the device handle for GPU 0000:0B:00.0: Unknown Error\n"
                + GOOD.replace("aaaa-1", "aaaa-2") + "\n"
                + "Unable to determine the device handle for GPU0000:0C:00.0: GPU is lost.  Reboot the system\n"
                + "Unable to determine the device handle for GPU2: 0000:0D:00.0: Unknown Error\n";

        SmiOutput output = SmiCsv.gpus(text, FIELDS);

        assertThat(output.rows()).hasSize(2);
        assertThat(output.lost())
                .containsEntry("0000:0b:00.0", "Unknown Error")
                .containsEntry("0000:0c:00.0", "GPU is lost.  Reboot the system")
                .containsEntry("0000:0d:00.0", "Unknown Error");
    }

    @Test
    @DisplayName("may have a line of names, units, and names with commas")
    void forms() {
        String text = "index, uuid, name, pci.bus_id, memory.total [MiB]\n"
                + "0, GPU-aaaa-1, NVIDIA, the card, 00000000:01:00.0, 143771 MiB\n";

        SmiOutput output = SmiCsv.gpus(text, FIELDS);

        assertThat(output.rows()).hasSize(1);
        assertThat(output.rows().get(0).cell("name")).isEqualTo("NVIDIA, the card");
        assertThat(SmiText.bytes(output.rows().get(0).cell("memory.total"), 1).orElse(0))
                .isEqualTo(143_771L << 20);
    }

    @Test
    @DisplayName("may have a line of other names: as many are what was asked, others are what they say")
    void header() {
        String alias = "index, uuid, name, pci.bus_id, memory.all [MiB]\n" + GOOD + "\n";
        String others = "name, gpu_uuid\nNVIDIA L4, GPU-aaaa-2\n";

        assertThat(SmiCsv.gpus(alias, FIELDS).rows().get(0).cell("memory.total"))
                .isEqualTo("143771");
        assertThat(SmiCsv.gpus(others, FIELDS).rows().get(0).cell("uuid")).isEqualTo("GPU-aaaa-2");
    }

    @Test
    @DisplayName("with the same UUID twice tells two GPUs, the second by its address")
    void twice() {
        SmiOutput output = SmiCsv.gpus(GOOD + "\n" + GOOD.replace(":01:", ":02:") + "\n", FIELDS);

        assertThat(output.rows()).extracting(SmiDevices::id).containsExactly("GPU-aaaa-1", "0000:02:00.0");
        assertThat(output.problems()).contains("two GPUs");
    }

    @Test
    @DisplayName("HW-35: names the field that is refused")
    void refused() {
        assertThat(SmiCsv.refused("Field \"compute_cap\" is not a valid field to query.\n\n"))
                .isEqualTo("compute_cap");
        assertThat(SmiCsv.refused(GOOD)).isEmpty();
    }
}
