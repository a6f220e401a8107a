package dev.paddock.capacity;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a GPU could be partitioned: a proposal of {@link MigLayoutAdvisor} for a person. Immutable.
 *
 * @param gpu the GPU's UUID
 * @param devices those that are kept first, then the new ones in the order in which they are to be made
 * @param unmet runners that were wanted and have no device, by the profile's name; empty if all have one
 * @param room how many more devices of each kind would fit if no other were added, by the MIG profile's name; kinds
 *     without room are left out
 * @param commands what a person would run, in this order; empty if there is nothing to be done
 * @param notes one line each: why there is no proposal, what is not certain, what to mind
 */
public record MigLayout(
        String gpu,
        List<Device> devices,
        SortedMap<String, Integer> unmet,
        SortedMap<String, Integer> room,
        List<String> commands,
        List<String> notes) {
    /**
     * A MIG device.
     *
     * @param profile its kind, such as {@code 1g.10gb}; the profile's number if the driver does not tell its name
     * @param start its first slice of memory; empty if that is left to the driver or not told
     * @param kept whether it is there already
     * @param runner the name of the profile that it is for; empty if it is left over
     */
    public record Device(String profile, OptionalInt start, boolean kept, String runner) {}

    /** Copies. */
    public MigLayout {
        Objects.requireNonNull(gpu, "gpu");
        devices = List.copyOf(devices);
        unmet = Collections.unmodifiableSortedMap(new TreeMap<>(unmet));
        room = Collections.unmodifiableSortedMap(new TreeMap<>(room));
        commands = List.copyOf(commands);
        notes = List.copyOf(notes);
    }

    /**
     * The proposal in words.
     *
     * @return several lines, for a person
     */
    public String explain() {
        var text = new StringBuilder("MIG layout of " + gpu + ":\n");
        for (Device device : devices) {
            text.append("  ").append(device.kept() ? "keep " : "make ").append(device.profile());
            device.start().ifPresent(start -> text.append(" at slice ").append(start));
            text.append(device.runner().isEmpty() ? ", left over" : " for " + device.runner())
                    .append('\n');
        }
        unmet.forEach((name, count) -> text.append("  no device for " + count + " of " + name + "\n"));
        text.append(room.isEmpty() ? "  no room for more\n" : "  room for one of: " + counts() + "\n");
        commands.forEach(command -> text.append("  $ ").append(command).append('\n'));
        notes.forEach(note -> text.append("  ").append(note).append('\n'));
        return text.toString();
    }

    private String counts() {
        return String.join(
                ", ",
                room.entrySet().stream()
                        .map(entry -> entry.getValue() + "x " + entry.getKey())
                        .toList());
    }
}
