package dev.paddock.gpu.internal;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds which GPUs are linked: those of the same clique of a fabric, and those whose links lead to each other or to the
 * same switch.
 */
final class NvmlLinks {
    /** NVML 13.3 counts links so far; a GPU that has fewer says so. */
    private static final int LINKS = 36;

    private static final int FABRIC_COMPLETED = 3;
    private static final String NO_CLUSTER = "0".repeat(32);

    private final Map<String, String> parent = new HashMap<>();

    private NvmlLinks() {}

    /** The group of each GPU by id; none for one that is linked with no other. */
    static Map<String, String> groups(Nvml nvml, List<NvmlDevice.Known> gpus) {
        return new NvmlLinks().find(nvml, gpus);
    }

    private Map<String, String> find(Nvml nvml, List<NvmlDevice.Known> gpus) {
        Map<String, String> groups = new LinkedHashMap<>();
        for (NvmlDevice.Known gpu : gpus) {
            if (gpu.handle() != 0) {
                Asker asker = new Asker(nvml, gpu.handle());
                String fabric = fabric(asker);
                if (fabric.isEmpty()) {
                    follow(asker, gpu.device().busId());
                } else {
                    groups.put(gpu.device().id(), fabric);
                }
            }
        }
        Map<String, Integer> members = new TreeMap<>();
        for (NvmlDevice.Known gpu : gpus) {
            members.merge(root(gpu.device().busId()), 1, Integer::sum);
        }
        for (NvmlDevice.Known gpu : gpus) {
            String root = root(gpu.device().busId());
            if (!gpu.device().busId().isEmpty() && members.getOrDefault(root, 0) > 1) {
                groups.putIfAbsent(gpu.device().id(), "nvlink-" + root);
            }
        }
        return groups;
    }

    private static String fabric(Asker asker) {
        boolean joined = asker.code(Nvml::fabric) == NvmlCode.SUCCESS
                && asker.out().value == FABRIC_COMPLETED
                && !asker.out().text.equals(NO_CLUSTER);
        return joined ? "fabric-" + asker.out().text + "-" + asker.out().second : "";
    }

    private void follow(Asker asker, String busId) {
        for (int i = 0; i < LINKS && !busId.isEmpty(); i++) {
            int link = i;
            int code = asker.code((nvml, device, out) -> nvml.nvLinkState(device, link, out));
            if (code != NvmlCode.SUCCESS) {
                return;
            }
            if (asker.out().value == 1) {
                String remote = asker.text((nvml, device, out) -> nvml.nvLinkRemoteBusId(device, link, out));
                if (!remote.isBlank()) {
                    join(busId, NvmlDevice.linuxBusId(remote));
                }
            }
        }
    }

    /** The least address of those joined, so that the name does not depend on the order. */
    private void join(String one, String other) {
        String a = root(one);
        String b = root(other);
        if (!a.equals(b)) {
            parent.put(a.compareTo(b) < 0 ? b : a, a.compareTo(b) < 0 ? a : b);
        }
    }

    private String root(String busId) {
        String at = busId;
        String up = parent.get(at);
        while (up != null) {
            at = up;
            up = parent.get(at);
        }
        return at;
    }
}
