package dev.paddock.testkit.internal.compute;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A machine type.
 *
 * @param builtIn its accelerators by bare name
 */
public record MachineShape(String name, int cpus, int memoryMb, Map<String, Integer> builtIn) {
    private static final Map<String, MachineShape> KNOWN = known();

    /** Copies the map. */
    public MachineShape {
        builtIn = new LinkedHashMap<>(builtIn);
    }

    /** The types everybody uses: what a zone has unless it says otherwise. */
    public static Map<String, MachineShape> usual() {
        return new LinkedHashMap<>(KNOWN);
    }

    private static Map<String, MachineShape> known() {
        var shapes = new LinkedHashMap<String, MachineShape>();
        add(shapes, "e2-small", 2, 2048);
        add(shapes, "e2-medium", 2, 4096);
        for (int cpus : List.of(1, 2, 4, 8, 16, 32)) {
            add(shapes, "n1-standard-" + cpus, cpus, cpus * 3840);
        }
        for (int cpus : List.of(2, 4, 8, 16)) {
            add(shapes, "e2-standard-" + cpus, cpus, cpus * 4096);
            add(shapes, "n2-standard-" + cpus, cpus, cpus * 4096);
            add(shapes, "t2a-standard-" + cpus, cpus, cpus * 4096);
        }
        new TreeMap<>(Map.of(4, 1, 8, 1, 12, 1, 16, 1, 24, 2, 32, 1, 48, 4, 96, 8))
                .forEach((cpus, gpus) -> gpu(shapes, "g2-standard-" + cpus, cpus, "nvidia-l4", gpus));
        gpu(shapes, "a2-highgpu-1g", 12, "nvidia-tesla-a100", 1);
        gpu(shapes, "a3-highgpu-8g", 208, "nvidia-h100-80gb", 8);
        return shapes;
    }

    private static void add(Map<String, MachineShape> to, String name, int cpus, int memoryMb) {
        to.put(name, new MachineShape(name, cpus, memoryMb, Map.of()));
    }

    private static void gpu(Map<String, MachineShape> to, String name, int cpus, String card, int count) {
        to.put(name, new MachineShape(name, cpus, cpus * 4096, Map.of(card, count)));
    }

    String series() {
        return name.substring(0, Math.max(0, name.indexOf('-')));
    }

    String architecture() {
        return series().equals("t2a") || series().equals("c4a") ? "ARM64" : "X86_64";
    }

    /** The regional quota of its processors; empty where Google keeps it elsewhere. */
    String cpuMetric() {
        return switch (series()) {
            case "n1", "e2", "f1", "g1" -> "CPUS";
            case "n2", "n2d", "c2", "c2d", "c3", "a2", "t2a", "t2d", "m1", "m2", "m3" ->
                series().toUpperCase(Locale.ROOT) + "_CPUS";
            default -> "";
        };
    }
}
