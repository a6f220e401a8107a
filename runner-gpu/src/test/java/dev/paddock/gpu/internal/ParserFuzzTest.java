package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.paddock.host.CommandRunner.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("No output of a tool and no file")
class ParserFuzzTest {
    private static final List<String> FIELDS = List.of("index", "uuid", "name", "pci.bus_id", "memory.total");
    private static final String CSV = "0, GPU-00cc1e2b-f1d7, NVIDIA H200, 00000000:00:06.0, 143771\n"
            + "Unable to determine the device handle for GPU 0000:0B:00.0: Unknown Error\n"
            + "1, [GPU is lost], NVIDIA, 00000000:00:07.0, [N/A]\n";
    private static final String LISTING = "GPU 0: NVIDIA H200 (UUID: GPU-00cc1e2b)\n"
            + "  MIG 1g.18gb     Device  0: (UUID: MIG-5bf0a4f5)\n  MIG 2g.20gb Device 1: (UUID: MIG-GPU-00cc1e2b/2/1)\n";
    private static final String JSON = "{\"card0\": {\"Card Series\": \"MI100\", \"Unique ID\": \"0x2f\","
            + " \"PCI Bus\": \"0000:1E:00.0\", \"VRAM Total Memory (B)\": \"34342961152\", \"GPU use (%)\": 7},"
            + " \"gpu_data\": [{\"gpu\": 0, \"bus\": {\"bdf\": \"0000:0c:00.0\"}, \"vram\": {\"size\": {\"value\": 196592,"
            + " \"unit\": \"MB\"}}, \"asic\": {\"market_name\": \"MI300X\"}}], \"device_list\": [{\"device_id\": 0,"
            + " \"device_name\": \"Flex\", \"memory_physical_size\": \"1 MiB\"}], \"SPDisplaysDataType\": [{\"_name\":"
            + " \"Apple M4\"}]}";
    private static final String PROPERTIES = "simd_count 440\nlocation_id 768\nModel: \t NVIDIA H200\n4294967296\n";
    private static final String[] PIECES = {
        ", ",
        "\n",
        "\"",
        "[",
        "]",
        "{",
        "}",
        "<gpu>",
        "</gpu>",
        "&lt;",
        "&x;",
        "<!--",
        "\0",
        "\uFEFF",
        "-",
        "0x",
        "99999999999999999999",
        "1e400",
        "N/A",
        "[Unknown Error]",
        "GPU-",
        "null",
        "\uD800",
        "<![CDATA["
    };

    @TempDir
    private Path folder;

    @Test
    @DisplayName("HW-37: makes a parser throw or hang: 5000 mutations")
    @Timeout(120)
    void some() {
        mutate(5_000);
    }

    @Test
    @Tag("ci")
    @DisplayName("HW-37: makes a parser throw or hang: 200000 mutations")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void many() {
        mutate(200_000);
    }

    private void mutate(int count) {
        long seed = Long.getLong("paddock.fuzz.seed", System.nanoTime());
        System.out.println("ParserFuzzTest: -Dpaddock.fuzz.seed=" + seed);
        Random random = new Random(seed);
        List<String> inputs = List.of(CSV, LISTING, SmiXmlTest.driver535(), JSON, PROPERTIES);
        for (int i = 0; i < count; i++) {
            String input = mutated(inputs.get(i % inputs.size()), random);
            int number = i;
            assertThatCode(() -> parse(input, number))
                    .as("seed %s, mutation %s: %s", seed, i, input)
                    .doesNotThrowAnyException();
        }
    }

    private void parse(String input, int number) throws Exception {
        SmiOutput csv = SmiCsv.gpus(input, FIELDS);
        csv.rows().forEach(row -> {
            SmiDevices.device(row, List.of());
            SmiDevices.sample(row, null);
        });
        SmiCsv.rows(input, List.of("uuid", "pid", "used_memory")).forEach(SmiDevices::process);
        SmiCsv.refused(input);
        Map<String, List<SmiListing.Part>> listed = SmiListing.parse(input);
        SmiOutput xml = SmiXml.parse(input);
        xml.rows().forEach(row -> {
            SmiDevices.device(
                    row, listed.values().stream().flatMap(List::stream).toList());
            SmiDevices.sample(row, List.of());
        });
        SmiFailure.of("nvidia-smi", Result.exited(number % 256, input, ""));
        AmdSmiSource.rocmSmi(input);
        AmdSmiSource.amdSmi(input, input, input);
        XpuSmiSource.list(ToolJson.parse(input)).forEach(each -> XpuSmiSource.told(each, each, 0));
        AppleSource.parse(input);
        AmdFiles.properties(input).values().forEach(AmdFiles::target);
        AmdFiles.id(input);
        SysfsSource.lines(input);
        if (number % 50 == 0) {
            Path file = Files.write(folder.resolve("file"), input.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            AmdFiles.count(file);
        }
    }

    private static String mutated(String input, Random random) {
        StringBuilder text = new StringBuilder(input);
        for (int n = 1 + random.nextInt(6); n > 0 && text.length() > 0; n--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(5)) {
                case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
                case 3 ->
                    text.insert(
                            at,
                            text.substring(at, Math.min(text.length(), at + random.nextInt(200)))
                                    .repeat(1 + random.nextInt(3)));
                default -> text.setLength(Math.max(1, at));
            }
        }
        return text.toString();
    }
}
