package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** How many GPUs and MIG devices runners need at least. */
final class FleetDevices {
    /** Runners' parts that share devices: their size and how many there are. */
    private record Items(long size, long count) {}

    private FleetDevices() {}

    /** How many devices have runners. */
    static int inUse(Collection<FleetSite> sites) {
        int used = 0;
        for (FleetSite site : sites) {
            for (int bin = 0; bin < site.model().bins().size(); bin++) {
                used += site.taken().runners(bin) > 0 ? 1 : 0;
            }
        }
        return used;
    }

    /**
     * A number of devices that no plan goes below: one for each part that shares none, and for the others the larger of
     * what their memory fills of the largest devices and the bound of Martello and Toth, who count what no two fit on one.
     *
     * @param profiles each once
     * @param counts how many runners of each
     */
    static int least(Collection<FleetSite> sites, List<RunnerProfile> profiles, int[] counts) {
        List<Long> rooms = new ArrayList<>();
        sites.forEach(site -> site.model().bins().forEach(bin -> rooms.add(Math.max(0, bin.usable()))));
        rooms.sort(Comparator.reverseOrder());
        List<Items> items = new ArrayList<>();
        long alone = 0;
        for (int i = 0; i < counts.length; i++) {
            RunnerProfile profile = profiles.get(i);
            long parts = (long) counts[i] * profile.gpus();
            if (profile.exclusive() || !profile.mig().isEmpty()) {
                alone += parts;
            } else if (parts > 0) {
                items.add(new Items(need(sites, profile), parts));
            }
        }
        return items.isEmpty()
                ? (int) alone
                : (int) (alone + Math.max(byMemory(rooms, items), byPairs(rooms.get(0), items)));
    }

    private static long need(Collection<FleetSite> sites, RunnerProfile profile) {
        return sites.stream()
                .flatMap(site -> site.model().bins().stream())
                .mapToLong(bin -> bin.need(profile))
                .min()
                .orElse(0);
    }

    private static long byMemory(List<Long> rooms, List<Items> items) {
        double left = items.stream()
                .mapToDouble(item -> (double) item.size() * item.count())
                .sum();
        int devices = 0;
        while (left > 0 && devices < rooms.size()) {
            left -= rooms.get(devices++);
        }
        return devices;
    }

    private static long byPairs(long room, List<Items> items) {
        long most = 0;
        for (Items threshold : items) {
            if (threshold.size() > room / 2) {
                continue;
            }
            long large = 0;
            double free = 0;
            double small = 0;
            for (Items item : items) {
                if (item.size() > room / 2) {
                    large += item.count();
                    free += item.size() <= room - threshold.size() ? (double) (room - item.size()) * item.count() : 0;
                } else if (item.size() >= threshold.size()) {
                    small += (double) item.size() * item.count();
                }
            }
            most = Math.max(most, large + (long) Math.ceil(Math.max(0, small - free) / room - 1e-9));
        }
        long pairs = items.stream()
                .filter(item -> item.size() > room / 2)
                .mapToLong(Items::count)
                .sum();
        return Math.max(most, pairs);
    }
}
