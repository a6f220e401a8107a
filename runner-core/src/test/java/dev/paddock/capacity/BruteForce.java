package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest.Objective;
import dev.paddock.capacity.CapacityRequest.Wish;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The best of a small host, by trying every way to put runners on it one by one, wish by wish. */
final class BruteForce {
    private final HostView view;
    private final Objective objective;
    private final List<Wish> wishes;
    private final int[] placed;
    private final int[] kinds;
    private final Set<List<Long>> seen = new HashSet<>();
    private double others;
    private double otherWeights;
    private double best = -1;
    private double weight;
    private int fewest;

    BruteForce(HostInventory host, CapacityRequest request) {
        view = new HostView(host, request);
        objective = request.objective();
        wishes = request.wishes();
        placed = new int[wishes.size()];
        view.kept.forEach(this::count);
        kinds = kinds();
        search(0);
    }

    /** Runners held meet the wish for their GPU first; of a demand only those that were asked for count. */
    private void count(RunnerSlot slot) {
        int meets = -1;
        for (int i = 0; i < placed.length; i++) {
            Wish wish = wishes.get(i);
            if (wish.profile().equals(slot.profile()) && (objective == Objective.MIX || placed[i] < wish.count())) {
                boolean there = slot.devices().size() == 1
                        && wish.gpu().orElse(-1) == slot.indices().get(0);
                boolean anywhere = wish.gpu().isEmpty()
                        && (slot.profile().gpus() > 0 || slot.devices().isEmpty());
                meets = there || (anywhere && meets < 0) ? i : meets;
            }
        }
        if (meets >= 0) {
            placed[meets]++;
        } else if (objective == Objective.MOST_VALUE || objective == Objective.MOST_RUNNERS) {
            others += objective == Objective.MOST_RUNNERS ? 1 : slot.profile().weight();
            otherWeights += slot.profile().weight();
        }
    }

    double best() {
        return best;
    }

    /** The fewest GPUs and MIG devices that the best value can be had on. */
    int fewest() {
        return fewest;
    }

    /** The largest sum of weights that the best value can be had with. */
    double weight() {
        return weight;
    }

    private void search(int from) {
        if (!seen.add(state(from))) {
            return;
        }
        judge();
        for (int i = from; i < placed.length; i++) {
            Wish wish = wishes.get(i);
            RunnerProfile profile = wish.profile();
            boolean wanted = objective == Objective.MIX || placed[i] < wish.count();
            if (wanted && view.hasRoom(profile)) {
                view.share(profile, 1);
                placed[i]++;
                int parts = wish.gpu().isPresent() ? 1 : profile.gpus();
                onDevices(i, 0, parts);
                placed[i]--;
                view.share(profile, -1);
            }
        }
    }

    private void onDevices(int wish, int from, int parts) {
        if (parts == 0) {
            search(wish);
            return;
        }
        RunnerProfile profile = wishes.get(wish).profile();
        for (int at = from; at < view.devices.size(); at++) {
            HostView.Device device = view.devices.get(at);
            int index = wishes.get(wish).gpu().orElse(device.index);
            if (index == device.index && view.holds(device, profile)) {
                view.put(device, profile);
                onDevices(wish, at + 1, parts - 1);
                view.takeAway(device, profile);
            }
        }
    }

    private void judge() {
        double value = objective == Objective.MIX ? Double.POSITIVE_INFINITY : others;
        double weights = otherWeights;
        for (int i = 0; i < placed.length; i++) {
            double each = wishes.get(i).profile().weight();
            weights += placed[i] * each;
            value = switch (objective) {
                case MIX -> Math.min(value, (double) placed[i] / wishes.get(i).count());
                case MOST_RUNNERS -> value + placed[i];
                default -> value + placed[i] * each;
            };
        }
        int used =
                (int) view.devices.stream().filter(device -> device.runners > 0).count();
        if (value > best + 1e-9) {
            best = value;
            weight = weights;
            fewest = used;
        } else if (value > best - 1e-9) {
            weight = Math.max(weight, weights);
            fewest = Math.min(fewest, used);
        }
    }

    /** Numbers devices, those that are alike with the same number. */
    private int[] kinds() {
        boolean anywhere = wishes.stream().allMatch(wish -> wish.gpu().isEmpty());
        List<List<Object>> kinds = new ArrayList<>();
        return view.devices.stream()
                .mapToInt(device -> {
                    List<Object> kind = List.of(
                            device.part, device.split, device.whole, device.usable, anywhere ? -1 : device.index);
                    if (!kinds.contains(kind)) {
                        kinds.add(kind);
                    }
                    return kinds.indexOf(kind);
                })
                .toArray();
    }

    /** What is left, devices that are alike in any order. */
    private List<Long> state(int from) {
        List<Long> state = new ArrayList<>();
        for (int at = 0; at < kinds.length; at++) {
            HostView.Device device = view.devices.get(at);
            int flags = (device.runners > 0 ? 1 : 0) + (device.taken ? 2 : 0);
            state.add((device.promised * 4 + flags) * kinds.length + kinds[at]);
        }
        state.sort(null);
        for (int number : placed) {
            state.add((long) number);
        }
        state.add((long) from);
        return state;
    }
}
