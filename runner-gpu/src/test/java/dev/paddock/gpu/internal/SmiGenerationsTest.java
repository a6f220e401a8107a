package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers from 390 to 610 and cards of each kind, in the forms that their documents and users tell of. */
@DisplayName("What nvidia-smi prints")
class SmiGenerationsTest {
    /** What a driver of before MIG does not know, and one of before 510. */
    private static final String UNTIL_440 = "mig.mode.current mig.mode.pending ";

    private static final String UNTIL_470 = "compute_cap memory.reserved remapped_rows.uncorrectable"
            + " remapped_rows.pending remapped_rows.failure temperature.gpu.tlimit gpu_recovery_action";
    private static final String UNTIL_535 = "temperature.gpu.tlimit gpu_recovery_action";

    private final FakeSmi smi = new FakeSmi();
    private final NvidiaSmiSource source = new NvidiaSmiSource(smi, "nvidia-smi", Duration.ofMinutes(1));

    /** Cells as "field=value", parted by semicolons; the rest is not told. */
    private void card(String cells, String unknown) {
        Map<String, String> row = new HashMap<>();
        row.put("index", String.valueOf(smi.gpus.size()));
        row.put("pci.bus_id", "00000000:0" + smi.gpus.size() + ":00.0");
        for (String cell : cells.replaceAll("\\s+", " ").split("; ", -1)) {
            row.put(
                    cell.substring(0, cell.indexOf('=')).strip(),
                    cell.substring(cell.indexOf('=') + 1).strip());
        }
        smi.gpus.add(row);
        smi.unknown.addAll(List.of(unknown.strip().split(" +", -1)));
    }

    private static String mib(Reading bytes) {
        return bytes.isKnown() ? String.valueOf(bytes.orElse(0) >> 20) : "-";
    }

    private static String told(GpuDevice gpu, GpuSample sample) {
        GpuMemory memory = gpu.memory();
        GpuSample.Activity now = sample.activity();
        GpuSample.Faults faults = sample.faults();
        return mib(memory.total()) + "/" + mib(memory.used()) + "/" + mib(memory.reserved()) + " " + memory.source()
                + "\n"
                + (gpu.computeCapability() + " " + gpu.computeMode() + " " + gpu.migMode() + " " + gpu.state()).strip()
                + "\n" + now.utilization() + " % " + now.temperature() + " °C " + now.power() + " mW "
                + now.clock() + " MHz bits " + now.throttleReasons() + " kept " + now.persistence()
                + "\necc " + faults.uncorrectedErrors() + " pages " + faults.retirementPending() + " rows "
                + faults.remapPending() + "\n";
    }

    private static Stream<Arguments> generations() {
        return Stream.of(
                arguments("GTX 1080, 390", UNTIL_440 + UNTIL_470, """
                        driver_version=390.157; uuid=GPU-41; name=GeForce GTX 1080; memory.total=8119;
                        memory.used=312; memory.free=7807; compute_mode=Default; persistence_mode=Disabled;
                        utilization.gpu=3; temperature.gpu=38; power.draw=9.71; power.limit=180.00;
                        clocks.current.sm=139; clocks_throttle_reasons.active=0x0000000000000001;
                        ecc.errors.uncorrected.volatile.total=[Not Supported]; retired_pages.pending=[Not
                        Supported]
                        """, """
                        8119/312/- LEGACY
                        DEFAULT NOT_SUPPORTED AVAILABLE
                        3 % 38 °C 9710 mW 139 MHz bits 1 kept 0
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("GT 1030, 470", UNTIL_470, """
                        driver_version=470.74; uuid=GPU-42; name=NVIDIA GeForce GT 1030; memory.total=1998;
                        memory.used=875; memory.free=1123; compute_mode=Default; persistence_mode=Disabled;
                        utilization.gpu=0; temperature.gpu=36; power.draw=[N/A]; power.limit=30.00;
                        clocks.current.sm=1265; clocks_throttle_reasons.active=0x0000000000000001
                        """, """
                        1998/875/- LEGACY
                        DEFAULT NOT_SUPPORTED AVAILABLE
                        0 % 36 °C not supported mW 1265 MHz bits 1 kept 0
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("Tesla V100, 418, pages", UNTIL_440 + UNTIL_470, """
                        driver_version=418.67; uuid=GPU-43; name=Tesla V100-SXM2-32GB; memory.total=32480;
                        memory.used=0; memory.free=32480; compute_mode=Exclusive_Process;
                        persistence_mode=Enabled; utilization.gpu=0; temperature.gpu=31; power.draw=42.18;
                        power.limit=300.00; clocks.current.sm=135;
                        clocks_throttle_reasons.active=0x0000000000000000;
                        ecc.errors.uncorrected.volatile.total=2; retired_pages.pending=Yes
                        """, """
                        32480/0/- LEGACY
                        EXCLUSIVE_PROCESS NOT_SUPPORTED AVAILABLE
                        0 % 31 °C 42180 mW 135 MHz bits 0 kept 1
                        ecc 2 pages 1 rows not supported
                        """),
                arguments("Tesla T4, 535", UNTIL_535, """
                        driver_version=535.161.07; uuid=GPU-44; name=Tesla T4; memory.total=15360;
                        memory.used=2; memory.free=14914; memory.reserved=443; compute_cap=7.5;
                        compute_mode=Default; persistence_mode=Enabled; utilization.gpu=0; temperature.gpu=52;
                        power.draw=27.02; power.limit=70.00; clocks.current.sm=585;
                        clocks_throttle_reasons.active=0x0000000000000004;
                        ecc.errors.uncorrected.volatile.total=0; retired_pages.pending=No
                        """, """
                        15360/2/443 DETAILED
                        7.5 DEFAULT NOT_SUPPORTED AVAILABLE
                        0 % 52 °C 27020 mW 585 MHz bits 4 kept 1
                        ecc 0 pages 0 rows not supported
                        """),
                arguments("A100 in parts, 525", UNTIL_535, """
                        driver_version=525.85.12; uuid=GPU-45; name=NVIDIA A100-SXM4-80GB; memory.total=81920;
                        memory.used=87; memory.free=81012; memory.reserved=820; compute_cap=8.0;
                        compute_mode=Default; persistence_mode=Enabled; utilization.gpu=[N/A];
                        temperature.gpu=29; power.draw=61.56; power.limit=400.00; clocks.current.sm=210;
                        clocks_throttle_reasons.active=0x0000000000000001; mig.mode.current=Enabled;
                        mig.mode.pending=Enabled; ecc.errors.uncorrected.volatile.total=0;
                        remapped_rows.pending=[N/A]
                        """, """
                        81920/87/820 DETAILED
                        8.0 DEFAULT ENABLED AVAILABLE
                        not supported % 29 °C 61560 mW 210 MHz bits 1 kept 1
                        ecc 0 pages not supported rows not supported
                        """),
                arguments("H100, 580", "", """
                        driver_version=580.95.05; uuid=GPU-46; name=NVIDIA H100 80GB HBM3; memory.total=81559;
                        memory.used=0; memory.free=81079; memory.reserved=479; compute_cap=9.0;
                        compute_mode=Prohibited; persistence_mode=Enabled; utilization.gpu=100;
                        temperature.gpu=71; power.draw=699.91; power.limit=700.00; clocks.current.sm=1980;
                        clocks_throttle_reasons.active=0x0000000000000044; mig.mode.current=Disabled;
                        mig.mode.pending=Disabled; ecc.errors.uncorrected.volatile.total=0;
                        remapped_rows.pending=Yes; gpu_recovery_action=Drain and Reset
                        """, """
                        81559/0/479 DETAILED
                        9.0 PROHIBITED DISABLED AVAILABLE
                        100 % 71 °C 699910 mW 1980 MHz bits 68 kept 1
                        ecc 0 pages not supported rows 1
                        """),
                arguments("GB10, 580", "", """
                        driver_version=580.95.05; uuid=GPU-47; name=NVIDIA GB10; memory.total=[N/A];
                        memory.used=[N/A]; memory.free=[N/A]; compute_cap=12.1; compute_mode=Default;
                        persistence_mode=Enabled; utilization.gpu=0; temperature.gpu=39; power.draw=4.61;
                        power.limit=[N/A]; clocks.current.sm=208;
                        clocks_throttle_reasons.active=0x0000000000000001
                        """, """
                        -/-/- UNIFIED
                        12.1 DEFAULT NOT_SUPPORTED AVAILABLE
                        0 % 39 °C 4610 mW 208 MHz bits 1 kept 1
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("vGPU guest, 550", UNTIL_535, """
                        driver_version=550.90.07; uuid=GPU-48; name=NVIDIA H100L-2-24C; memory.total=24576;
                        memory.used=0; memory.free=22411; memory.reserved=2164; compute_cap=9.0;
                        compute_mode=Default; persistence_mode=Enabled; utilization.gpu=0; temperature.gpu=N/A;
                        power.draw=[N/A]; clocks.current.sm=1755; clocks_throttle_reasons.active=[N/A];
                        mig.mode.current=Disabled; mig.mode.pending=Disabled
                        """, """
                        24576/0/2164 DETAILED
                        9.0 DEFAULT DISABLED AVAILABLE
                        0 % not supported °C not supported mW 1755 MHz bits not supported kept 1
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("RTX 4070 in WSL, 566", "", """
                        driver_version=566.36; uuid=GPU-49; name=NVIDIA GeForce RTX 4070 Laptop GPU;
                        memory.total=8188; memory.used=1034; memory.free=6942; memory.reserved=212;
                        compute_cap=8.9; compute_mode=Default; persistence_mode=Enabled; utilization.gpu=12;
                        temperature.gpu=45; power.draw=[Unknown Error]; clocks.current.sm=210;
                        clocks_throttle_reasons.active=0x0000000000000020;
                        ecc.errors.uncorrected.volatile.total=[Function Not Found]
                        """, """
                        8188/1034/212 DETAILED
                        8.9 DEFAULT NOT_SUPPORTED AVAILABLE
                        12 % 45 °C failed (Unknown Error) mW 210 MHz bits 32 kept 1
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("RTX 2080S on Windows, 472", UNTIL_470, """
                        driver_version=472.12; uuid=GPU-50; name=NVIDIA GeForce RTX 2080 SUPER;
                        memory.total=8192; memory.used=688; memory.free=7504; compute_mode=Default;
                        persistence_mode=[N/A]; utilization.gpu=ERR!; temperature.gpu=44; power.draw=22,31;
                        clocks.current.sm=300; clocks_throttle_reasons.active=0x0000000000000001
                        """, """
                        8192/688/- LEGACY
                        DEFAULT NOT_SUPPORTED AVAILABLE
                        failed (ERR!) % 44 °C failed (unparsed: 22,31) mW 300 MHz bits 1 kept not supported
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("RTX PRO 6000 hung, 590", "", """
                        driver_version=590.44.01; uuid=GPU-51; name=NVIDIA RTX PRO 6000 Blackwell Workstation
                        Edition; memory.total=97887; memory.used=58222; memory.free=39028; memory.reserved=637;
                        compute_cap=12.0; compute_mode=Default; persistence_mode=Enabled; utilization.gpu=[GPU
                        requires reset]; temperature.gpu=[GPU requires reset]; power.draw=[GPU requires reset];
                        clocks.current.sm=[GPU requires reset]; clocks_throttle_reasons.active=[GPU requires
                        reset]; mig.mode.current=[N/A]; gpu_recovery_action=Reset
                        """, """
                        97887/58222/637 DETAILED
                        12.0 DEFAULT NOT_SUPPORTED UNUSABLE
                        failed (GPU requires reset) % failed (GPU requires reset) °C failed (GPU requires reset) mW failed (GPU requires reset) MHz bits failed (GPU requires reset) kept 1
                        ecc not supported pages not supported rows not supported
                        """),
                arguments("L4 without rights, 610", "", """
                        driver_version=610.12; uuid=GPU-52; name=NVIDIA L4; memory.total=[Insufficient
                        Permissions]; memory.used=[Insufficient Permissions]; memory.free=[Insufficient
                        Permissions]; compute_cap=8.9; compute_mode=Default; persistence_mode=[Requested
                        functionality has been deprecated]; utilization.gpu=0; temperature.gpu=33;
                        power.draw=11.95; clocks.current.sm=210;
                        clocks_throttle_reasons.active=0x0000000000000001;
                        ecc.errors.uncorrected.volatile.total=0
                        """, """
                        -/-/- NONE
                        8.9 DEFAULT NOT_SUPPORTED AVAILABLE
                        0 % 33 °C 11950 mW 210 MHz bits 1 kept not supported
                        ecc 0 pages not supported rows not supported
                        """));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("generations")
    @DisplayName("HW-34, HW-36: of each generation is told as it was printed, and what is not told is never 0")
    void eachGeneration(String what, String unknown, String cells, String expected) {
        card(cells, unknown);
        String driver = smi.gpus.get(0).get("driver_version");
        smi.banner = "| NVIDIA-SMI " + driver + "   Driver Version: " + driver + "   CUDA Version: 12.2     |";

        GpuReport report = source.inventory();
        GpuDevice gpu = report.devices().get(0);

        assertThat(told(gpu, source.sample().get(0))).as(what).isEqualTo(expected);
        assertThat(gpu.id()).isEqualTo(smi.gpus.get(0).get("uuid"));
        assertThat(gpu.name()).isEqualTo(smi.gpus.get(0).get("name"));
        assertThat(report.driverVersion()).isEqualTo(driver);
        assertThat(report.computeVersion()).isEqualTo("12.2");
    }

    @Test
    @DisplayName("HW-38: of a GPU that fell off its bus, whose row is all errors, is one lost GPU between two")
    void fallen() {
        String row = "%d, GPU-6%d, NVIDIA GeForce RTX 3090, 00000000:0%d:00.0, 24576\n";
        SmiOutput output = SmiCsv.gpus(
                String.format(row, 0, 0, 1)
                        + "Unable to determine the device handle for GPU0000:02:00.0: Unknown Error\n"
                        + "[Unknown Error], [Unknown Error], [Unknown Error], [Unknown Error], [Unknown Error]\n"
                        + String.format(row, 2, 2, 3),
                List.of("index", "uuid", "name", "pci.bus_id", "memory.total"));

        assertThat(output.rows()).extracting(SmiDevices::id).containsExactly("GPU-60", "GPU-62");
        assertThat(output.lost()).containsOnlyKeys("0000:02:00.0");
    }

    @Test
    @DisplayName("HW-34: on Windows, with its line ends, names the processes and not their memory")
    void windows() {
        card("uuid=GPU-50; name=NVIDIA GeForce RTX 2080 SUPER; driver_version=472.12; memory.total=8192", UNTIL_470);
        smi.apps = "GPU-50, 4711, [N/A]\r\nGPU-50, 4712, [Insufficient Permissions]\r\n";
        source.inventory();

        assertThat(source.sample().get(0).processes())
                .containsExactly(
                        new GpuProcess(4711, Reading.notSupported()), new GpuProcess(4712, Reading.noPermission()));
        for (String refused : List.of("Insufficient Permissions", "GPU-50, [Insufficient Permissions], [N/A]")) {
            smi.apps = refused + "\r\n";
            assertThat(source.sample().get(0).processesSeen()).as(refused).isFalse();
        }
    }

    @Test
    @DisplayName("HW-32, HW-34: of an A100 in parts names them, those of older drivers by their place")
    void parts() {
        card("uuid=GPU-45; name=NVIDIA A100; driver_version=460.32; mig.mode.current=Enabled", UNTIL_470);
        smi.listing = "GPU 0: A100-SXM4-40GB (UUID: GPU-45)\n  MIG 3g.20gb Device 0: (UUID: MIG-GPU-45/1/0)\n"
                + "  MIG 2g.10gb Device 1: (UUID: MIG-GPU-45/3/0)\n";

        assertThat(source.inventory().devices().get(0).migDevices())
                .extracting(MigDevice::id, MigDevice::profile, MigDevice::gpuInstance)
                .containsExactly(tuple("MIG-GPU-45/1/0", "3g.20gb", 1), tuple("MIG-GPU-45/3/0", "2g.10gb", 3));
    }
}
