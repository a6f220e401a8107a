package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.MigMatch;
import dev.paddock.internal.capacity.MigStates;
import dev.paddock.internal.capacity.MigStates.Part;
import dev.paddock.internal.capacity.MigTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Proposes how to partition one GPU (MIG) for the runners that are wanted on it. It only proposes: nothing is run, and
 * the same questions have the same answer. All layouts that the GPU allows are compared: the best gives devices to
 * runners of the most weight, then leaves the most places for others.
 *
 * <pre>{@code
 * MigLayout layout = MigLayoutAdvisor.of(gpu).want(small, 3).want(large, 1).propose();
 * System.out.println(layout.explain());
 * }</pre>
 *
 * <p>A runner gets a device of its own: of the kind its profile names, or one that holds the GPU memory it asks for. Not
 * thread-safe.
 */
public final class MigLayoutAdvisor {
    private final GpuDevice gpu;
    private final SortedMap<String, MigMatch.Want> wants = new TreeMap<>();
    private final SortedMap<Integer, Integer> starts = new TreeMap<>();
    private CapacitySettings settings = CapacitySettings.defaults();
    private boolean anew;

    private MigLayoutAdvisor(GpuDevice gpu) {
        this.gpu = Objects.requireNonNull(gpu, "gpu");
    }

    /**
     * Begins to ask about a GPU. Its MIG devices are kept, and count for the runners that are wanted.
     *
     * @param gpu one that can be partitioned
     * @return an advisor
     */
    public static MigLayoutAdvisor of(GpuDevice gpu) {
        return new MigLayoutAdvisor(gpu);
    }

    /**
     * Adds runners that are wanted.
     *
     * @param profile asks for a MIG device or for one GPU
     * @param count how many; at least 1
     * @return this
     * @throws IllegalArgumentException if the profile needs no GPU or several, or the count is not positive
     */
    public MigLayoutAdvisor want(RunnerProfile profile, int count) {
        if (profile.gpus() != 1) {
            throw new IllegalArgumentException(
                    "a MIG device can hold no runner that needs " + profile.gpus() + " GPUs: " + profile.name());
        }
        if (count < 1) {
            throw new IllegalArgumentException("the number of " + profile.name() + " must be at least 1: " + count);
        }
        wants.merge(profile.name(), new MigMatch.Want(profile, count), MigMatch.Want::plus);
        return this;
    }

    /**
     * Says where a device that is kept begins, as {@code nvidia-smi mig -lgi} shows it. The driver's inventory does not
     * tell it; without it the proposal fits wherever the devices are.
     *
     * @param gpuInstance the GPU instance's number
     * @param start its first slice of memory
     * @return this
     */
    public MigLayoutAdvisor startOf(int gpuInstance, int start) {
        starts.put(gpuInstance, start);
        return this;
    }

    /**
     * Keeps nothing: the devices there are would be destroyed.
     *
     * @return this
     */
    public MigLayoutAdvisor anew() {
        anew = true;
        return this;
    }

    /**
     * How memory is counted.
     *
     * @param settings the default is {@link CapacitySettings#defaults}
     * @return this
     */
    public MigLayoutAdvisor settings(CapacitySettings settings) {
        this.settings = Objects.requireNonNull(settings, "settings");
        return this;
    }

    /**
     * Finds the best layout.
     *
     * @return the proposal; if nothing is known of the GPU it has no devices, and a note says why
     */
    public MigLayout propose() {
        MigTable table = MigTable.of(gpu);
        SortedMap<Integer, String> kept = anew ? new TreeMap<>() : kept();
        List<MigProfile> profiles = table.profiles().stream()
                .filter(profile -> kept.containsValue(MigMatch.name(profile))
                        || wants.values().stream().anyMatch(want -> want.suits(profile, settings)))
                .toList();
        List<List<Part>> states = MigStates.all(profiles);
        List<List<Part>> bases =
                states.stream().filter(state -> isKept(state, kept)).toList();
        if (table.profiles().isEmpty() || bases.isEmpty()) {
            String why = table.profiles().isEmpty()
                    ? table.note()
                    : "the MIG devices there are, " + kept.values() + ", do not agree with what is known of " + gpu;
            return new MigLayout(gpu.id(), List.of(), unmet(List.of()), new TreeMap<>(), List.of(), List.of(why));
        }
        List<Part> base = bases.get(0);
        List<Part> best = MigMatch.additions(states, bases).stream()
                .min(Comparator.comparingDouble((List<Part> added) ->
                                -MigMatch.value(MigMatch.match(wants.values(), both(base, added), settings)))
                        .thenComparingInt(added -> -open(table, both(base, added))))
                .orElse(List.of());
        return layout(table, base, best, bases.size() == 1);
    }

    private MigLayout layout(MigTable table, List<Part> base, List<Part> added, boolean certain) {
        List<Part> all = both(base, added);
        List<String> runners = MigMatch.match(wants.values(), all, settings).stream()
                .map(want -> want.map(RunnerProfile::name).orElse(""))
                .toList();
        List<MigLayout.Device> devices = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Part part = all.get(i);
            devices.add(new MigLayout.Device(
                    MigMatch.name(part.profile()),
                    certain ? OptionalInt.of(part.place().start()) : OptionalInt.empty(),
                    i < base.size(),
                    runners.get(i)));
        }
        SortedMap<String, Integer> room = new TreeMap<>();
        if (certain) {
            table.profiles()
                    .forEach(
                            profile -> room.put(MigMatch.name(profile), MigMatch.most(profile, MigStates.slices(all))));
            room.values().removeIf(count -> count == 0);
        }
        List<String> commands = commands(devices);
        return new MigLayout(
                gpu.id(), devices, unmet(runners), room, commands, notes(table, certain, !commands.isEmpty()));
    }

    private List<String> notes(MigTable table, boolean certain, boolean work) {
        List<String> notes = new ArrayList<>();
        if (!table.note().isEmpty()) {
            notes.add(table.note());
        }
        if (!certain) {
            notes.add("where the devices that are kept begin is not told (nvidia-smi mig -lgi shows it): the new ones"
                    + " fit wherever that is, made in this order; the room left is not known");
        }
        if (work) {
            notes.add("the commands need root and a GPU that nothing uses; they are not run for you");
        }
        return notes;
    }

    private List<String> commands(List<MigLayout.Device> devices) {
        List<String> made = devices.stream()
                .filter(device -> !device.kept())
                .map(device -> device.profile()
                        + (device.start().isPresent() ? ":" + device.start().getAsInt() : ""))
                .toList();
        List<String> commands = new ArrayList<>();
        if (gpu.migMode() != GpuDevice.MigMode.ENABLED && !made.isEmpty()) {
            commands.add("nvidia-smi -i " + gpu.id() + " -mig 1");
        }
        if (anew && !gpu.migDevices().isEmpty()) {
            commands.add("nvidia-smi mig -i " + gpu.id() + " -dci");
            commands.add("nvidia-smi mig -i " + gpu.id() + " -dgi");
        }
        if (!made.isEmpty()) {
            commands.add("nvidia-smi mig -i " + gpu.id() + " -cgi " + String.join(",", made) + " -C");
        }
        return commands;
    }

    private SortedMap<String, Integer> unmet(List<String> runners) {
        SortedMap<String, Integer> unmet = new TreeMap<>();
        for (Map.Entry<String, MigMatch.Want> want : wants.entrySet()) {
            int met = (int) runners.stream().filter(want.getKey()::equals).count();
            if (met < want.getValue().count()) {
                unmet.put(want.getKey(), want.getValue().count() - met);
            }
        }
        return unmet;
    }

    /** The GPU instances there are: the name of each, by its number. Compute instances of one share its place. */
    private SortedMap<Integer, String> kept() {
        SortedMap<Integer, String> kept = new TreeMap<>();
        for (MigDevice device : gpu.migDevices()) {
            int number = device.gpuInstance() >= 0 ? device.gpuInstance() : -1 - kept.size();
            kept.put(number, device.profile().replaceFirst("^\\d+c\\.", ""));
        }
        return kept;
    }

    private boolean isKept(List<Part> state, SortedMap<Integer, String> kept) {
        List<String> names = state.stream()
                .map(part -> MigMatch.name(part.profile()))
                .sorted()
                .toList();
        return names.equals(kept.values().stream().sorted().toList())
                && starts.entrySet().stream()
                        .allMatch(entry -> state.stream()
                                .anyMatch(part -> part.place().start() == entry.getValue()
                                        && MigMatch.name(part.profile()).equals(kept.get(entry.getKey()))));
    }

    private static List<Part> both(List<Part> base, List<Part> added) {
        List<Part> all = new ArrayList<>(base);
        all.addAll(added);
        return all;
    }

    private static int open(MigTable table, List<Part> parts) {
        long taken = MigStates.slices(parts);
        return table.profiles().stream()
                .mapToInt(profile -> MigStates.free(profile, taken).size())
                .sum();
    }
}
