package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerProfile;
import dev.paddock.error.HostFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hosts that are described in a file. */
class HostFileTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path folder;

    private HostInventory host(String json) throws IOException {
        return HostFile.read(Files.writeString(folder.resolve("host.json"), json));
    }

    @Test
    void theExamplesOfThePageAreHosts() throws IOException {
        Matcher fences = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "host-file.md")));
        List<HostInventory> hosts = new ArrayList<>();
        while (fences.find()) {
            hosts.add(host(fences.group(1)));
        }
        assertThat(hosts).hasSize(3);
        assertThat(hosts.get(0).cpu().effective()).isEqualTo(Reading.of(4000));
        assertThat(hosts.get(0).memory().effectiveAvailable()).isEqualTo(Reading.of(8 * GIB));
        assertThat(hosts.get(0).disk().total().isKnown()).isFalse();
        assertThat(hosts.get(1).memory().effectiveTotal()).isEqualTo(Reading.of(64 * GIB));
        assertThat(hosts.get(1).memory().effectiveAvailable()).isEqualTo(Reading.of(56_000L << 20));
        assertThat(hosts.get(1).disk().usable()).isEqualTo(Reading.of(500_000_000_000L));
        assertThat(hosts.get(1).gpus()).extracting(GpuDevice::index).containsExactly(0, 1);
        assertThat(hosts.get(1).gpus().get(1).memory().free()).isEqualTo(Reading.of(14 * GIB));
        assertThat(hosts.get(1).gpus().get(1).computeMode()).isEqualTo(ComputeMode.EXCLUSIVE_PROCESS);
        assertThat(hosts.get(2).memory().total()).isEqualTo(Reading.of(128 * GIB));
        assertThat(hosts.get(2).gpus().get(0).migMode()).isEqualTo(GpuDevice.MigMode.ENABLED);
        assertThat(hosts.get(2).gpus().get(0).migDevices())
                .extracting(MigDevice::profile)
                .containsExactly("3g.40gb", "3g.40gb");
        RunnerProfile light = RunnerProfile.standardProfile("gpu_light");
        assertThat(CapacityReport.of(hosts.get(2), List.of(light), CapacitySettings.defaults(), 50)
                        .entry("gpu_light")
                        .perGpu())
                .as("parts of which no instance is told have their own memory")
                .containsExactly(1, 1);
    }

    @ParameterizedTest
    @CsvSource({"0.001, 1", "1.001, 1001", "4.35, 4350", "1.1, 1100", "64.999, 64999", "65536, 65536000"})
    void coresAreReadToTheThousandth(String cores, long thousandths) throws IOException {
        HostInventory host = host("{\"cores\": " + cores + ", \"memory\": 1}");
        assertThat(host.cpu().effective()).isEqualTo(Reading.of(thousandths));
    }

    @Test
    void whatIsMissingWithAReasonIsUnknown() throws IOException {
        HostInventory host = host("""
                {"cpu": {"effective": 1500, "physical": {"missing": "not supported"}}, "memory": {"total": 1024,
                 "available": {"missing": "no permission"}}, "gpus": [{"id": "GPU-1",
                 "memory": {"missing": "lost"}}]}
                """);
        assertThat(host.cpu().effective()).isEqualTo(Reading.of(1500));
        assertThat(host.cpu().physical()).isEqualTo(Reading.notSupported());
        assertThat(host.memory().available()).hasToString("failed (no permission)");
        assertThat(host.gpus().get(0).memory().total().isKnown()).isFalse();
    }

    /** Each with the key, the value and the bound or the way out. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"cores": 0, "memory": 1}            | cores is 0 and must be a number from 0.001 to 65536
            {"cores": -4, "memory": 1}           | cores is -4 and must be
            {"cores": NaN, "memory": 1}          | Non-standard token 'NaN'
            {"cores": "NaN", "memory": 1}        | cores is "NaN" and must be a number
            {"cores": 1e99, "memory": 1}         | cores is 1E+99 and must be
            {"memory": 1}                        | cores is missing and must be
            {"cores": 4}                         | memory is missing and must be
            {"cores": 4, "memory": -1}           | memory is -1 and must be a whole number from 1 to 1125899906842624
            {"cores": 4, "memory": 1000000000000000000} | memory is 1000000000000000000 and must be
            {"cores": 4, "memory": "1e18 B"}     | memory is "1e18 B" and must be bytes from 1
            {"cores": 4, "memory": "999999 TiB"} | memory is "999999 TiB" and must be
            {"cores": 4, "memory": 1.5}          | memory is 1.5 and must be a whole number
            {"cores": 4, "memory": 1, "disk": 1000000000000000000} | disk is 1000000000000000000 and must be
            {"cores": 4, "memory": {"total": 2, "available": 3}} | memory.available is 3 and must be at most the total, 2
            {"cores": 4, "memory": {"free": 3}}  | memory.free is not known; known here are [total, available
            {"cores": 4, "memory": 1, "ram": 2}  | ram is not known; known here are [takenAt, platform
            {"cores": 4, "cpu": {"effective": 4000}, "memory": 1} | cores is 4 and must be left out where there is cpu
            {"cpu": {"logical": 4}, "memory": 1} | cpu.effective is missing and must be
            {"cores": 4, "cores": 5, "memory": 1} | Duplicate field 'cores'
            [4]                                  | it must hold one JSON object
            {"cores": 4                          | it is no JSON: Unexpected end-of-input
            ``                                   | it must hold one JSON object
            """)
    void aHostThatCannotBeIsAnError(String json, String message) {
        assertThatThrownBy(() -> host(json))
                .isInstanceOf(HostFileException.class)
                .hasMessageContaining("host.json cannot be used: ")
                .hasMessageContaining(message)
                .hasMessageEndingWith("docs/host-file.md lists the keys.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"id": "GPU-1", "memory": 1}, {"id": "GPU-1", "memory": 1} | gpus[1].id is "GPU-1" and must be another: two
            {"id": "A", "memory": 1, "migDevices": [{"id": "A", "profile": "1g.5gb", "memory": 1}]} | must be another: two
            {"id": "A", "memory": 1, "index": 1}, {"id": "B", "memory": 1} | index 1 is there twice
            {"id": "A", "memory": -1}           | gpus[0].memory is -1 and must be a whole number from 1 to
            {"id": "A", "memory": 1000000000000000000} | gpus[0].memory is 1000000000000000000 and must be
            {"id": "A", "memory": {"total": 1, "free": 2}} | gpus[0].memory.free is 2 and must be at most the total, 1
            {"id": "A", "memory": {"total": 1, "used": 2}} | gpus[0].memory.used is 2 and must be at most the total, 1
            {"id": "A", "memory": {"total": 1, "reserved": 2}} | gpus[0].memory.reserved is 2 and must be at most the total, 1
            {"id": "A", "memory": 2, "migDevices": [{"id": "B", "profile": "1g.5gb", "memory": 3}]} | gpus[0].migDevices[0].memory is 3 and must be at most the GPU's, 2
            {"id": " ", "memory": 1}            | gpus[0].id is " " and must be a text that is not blank
            {"memory": 1}                       | gpus[0].id is missing
            {"id": "A"}                         | gpus[0].memory is missing
            {"id": "A", "memory": 1, "vram": 2} | gpus[0].vram is not known
            {"id": "A", "memory": 1, "index": -2} | gpus[0].index is -2
            {"id": "A", "memory": 1, "vendor": "3dfx"} | must be one of [NVIDIA, AMD, INTEL, APPLE, OTHER]
            7                                   | gpus[0] is 7 and must be an object
            """)
    void aGpuThatCannotBeIsAnError(String gpus, String message) {
        assertThatThrownBy(() -> host("{\"cores\": 4, \"memory\": 1, \"gpus\": [" + gpus + "]}"))
                .isInstanceOf(HostFileException.class)
                .hasMessageContaining(message);
    }

    @Test
    void eachVendorMayCountItsGpusFromZero() throws Exception {
        HostInventory host = host("""
                {"cores": 4, "memory": 1, "gpus": [
                  {"id": "A", "memory": 1, "index": 0}, {"id": "B", "memory": 1, "index": 0, "vendor": "AMD"}]}
                """);
        assertThat(host.gpus()).extracting(GpuDevice::index).containsExactly(0, 0);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> HostFile.read(folder.resolve("none.json")))
                .isInstanceOf(HostFileException.class)
                .hasMessageContaining("none.json cannot be used: it cannot be read")
                .satisfies(failure ->
                        assertThat(((HostFileException) failure).file()).isEqualTo(folder.resolve("none.json")));
    }
}
