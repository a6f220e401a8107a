package dev.paddock.host.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the control groups of this process are: its own and those above, per controller. */
final class CgroupTree {
    private static final String GROUPS = "/proc/self/cgroup";
    private static final String MOUNTS = "/proc/self/mountinfo";

    /** A mounted hierarchy. {@code root} is the group that is seen at {@code point}. */
    private record Mount(int version, List<String> options, String root, String point) {}

    private final HostFiles files;
    private final List<String> notes;
    private final Map<String, String> version1 = new LinkedHashMap<>();
    private final List<Mount> mounts = new ArrayList<>();
    private Optional<String> version2 = Optional.empty();

    private CgroupTree(HostFiles files, List<String> notes) {
        this.files = files;
        this.notes = notes;
    }

    /** Empty, with a note, if this process's groups are not told. */
    static Optional<CgroupTree> read(HostFiles files, List<String> notes) {
        Optional<List<String>> groups = files.lines(GROUPS);
        Optional<List<String>> mounts = files.lines(MOUNTS);
        if (groups.isEmpty() || mounts.isEmpty()) {
            notes.add("limits of control groups are not known: " + (groups.isEmpty() ? GROUPS : MOUNTS)
                    + " cannot be read");
            return Optional.empty();
        }
        CgroupTree tree = new CgroupTree(files, notes);
        groups.get().forEach(tree::group);
        mounts.get().forEach(tree::mount);
        if (tree.version1.isEmpty() && tree.version2.isEmpty()) {
            notes.add("limits of control groups are not known: " + GROUPS + " names no group");
            return Optional.empty();
        }
        return Optional.of(tree);
    }

    /** "4:memory:/a" or, in version 2, "0::/a". */
    private void group(String line) {
        String[] parts = line.split(":", 3);
        if (parts.length < 3 || !parts[2].startsWith("/")) {
            return;
        }
        if (parts[1].isEmpty()) {
            version2 = Optional.of(parts[2]);
        }
        for (String controller : parts[1].split(",", -1)) {
            if (!controller.isEmpty()) {
                version1.put(controller, parts[2]);
            }
        }
    }

    /** "34 31 0:31 /root /point rw shared:1 - cgroup cgroup rw,memory". */
    private void mount(String line) {
        int dash = line.indexOf(" - ");
        String[] place = (dash < 0 ? "" : line.substring(0, dash)).split(" ", -1);
        String[] kind = (dash < 0 ? "" : line.substring(dash + 3)).split(" ", -1);
        if (place.length < 6 || kind.length < 3) {
            return;
        }
        int version = kind[0].equals("cgroup2") ? 2 : kind[0].equals("cgroup") ? 1 : 0;
        if (version > 0) {
            mounts.add(new Mount(version, List.of(kind[2].split(",", -1)), plain(place[3]), plain(place[4])));
        }
    }

    /** Spaces and the like are written in octal. */
    private static String plain(String path) {
        return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }

    /**
     * The folders of a controller, this process's own group first, each with the version of its files. Empty, with a
     * note, if none can be seen.
     */
    Optional<Map<String, Integer>> folders(String controller) {
        String path = version1.get(controller);
        int version = path == null ? 2 : 1;
        Optional<String> group = path == null ? version2 : Optional.of(path);
        if (group.isEmpty()) {
            return Optional.empty();
        }
        List<Mount> candidates = mounts.stream()
                .filter(mount -> mount.version() == version
                        && (version == 2 || mount.options().contains(controller)))
                .toList();
        Optional<Mount> mount = candidates.stream()
                .filter(candidate -> isBelow(group.get(), candidate.root()))
                .findFirst()
                .or(() -> candidates.stream().findFirst());
        if (mount.isEmpty()) {
            notes.add("limits of the controller " + controller + " are not known: it is not mounted");
            return Optional.empty();
        }
        return Optional.of(upwards(mount.get(), group.get(), version));
    }

    private Map<String, Integer> upwards(Mount mount, String group, int version) {
        String relative = "";
        if (isBelow(group, mount.root())) {
            relative = mount.root().equals("/")
                    ? group
                    : group.substring(mount.root().length());
        }
        Map<String, Integer> folders = new LinkedHashMap<>();
        String folder = mount.point() + (relative.equals("/") ? "" : relative);
        if (!files.hasFolder(folder)) {
            notes.add("limits of this process's own control group are not known: " + folder + " is not there");
        }
        while (folder.length() > mount.point().length()) {
            folders.put(folder, version);
            folder = folder.substring(0, folder.lastIndexOf('/'));
        }
        folders.put(mount.point(), version);
        return folders;
    }

    private static boolean isBelow(String group, String root) {
        if (List.of(group.split("/", -1)).contains("..")) {
            return false;
        }
        return root.equals("/") || group.equals(root) || group.startsWith(root + "/");
    }
}
