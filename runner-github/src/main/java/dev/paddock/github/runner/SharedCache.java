package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A folder that runners of this host share, so that what one job has fetched or built the next need not: where it is, by
 * which variables jobs find it, and how large it may become.
 *
 * <p>Every runner that is given it writes down that it lives, in the folder itself, before its program is started; that
 * ends when the last of its processes has. While a runner lives, of this or any other process that shares the folder,
 * nothing is evicted: nobody can know what a job has looked up and is about to open. Once none lives, the entries that
 * have been unused for longest go, until the rest is within the limit; and whatever nobody has used for the age. Beyond
 * {@link Builder#most} there is no room for new runners until that could be done, so a cache grows without bound only
 * within one job. An entry's last use is the latest time at which a file in it was written, or, where the file system notes
 * it, read; Linux notes that to the day unless it is mounted {@code noatime}. Sizes are those of the files, a file of
 * several names counted once.
 *
 * <p>What a job puts here the jobs of all other runners run, whatever repository they are of: share a cache only among
 * jobs that trust each other. Immutable; several providers and processes may be given the same folder, with the same
 * limits.
 */
public final class SharedCache {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,29}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final String name;
    private final Path folder;
    private final ByteSize limit;
    private final ByteSize most;
    private final Optional<Duration> age;
    private final int depth;
    private final SortedMap<String, String> variables;
    private final SortedMap<String, SortedMap<String, String>> homes;

    private SharedCache(Builder builder) {
        name = builder.name;
        folder = builder.folder;
        limit = builder.limit;
        most = builder.most();
        age = Optional.ofNullable(builder.age);
        depth = builder.depth;
        variables = Collections.unmodifiableSortedMap(new TreeMap<>(builder.variables));
        SortedMap<String, SortedMap<String, String>> copies = new TreeMap<>();
        builder.homes.forEach((variable, links) -> copies.put(variable, new TreeMap<>(links)));
        homes = Collections.unmodifiableSortedMap(copies);
    }

    /**
     * Begins a cache of your own.
     *
     * @param name what it is called in messages: small letters, digits and hyphens, at most 30
     * @param folder where it is; made, for this user alone, if it is missing; one that is there must belong to this user,
     *     and nobody else may write to it
     * @param limit how large it may be when no runner lives
     * @return a builder
     */
    public static Builder builder(String name, Path folder, ByteSize limit) {
        return new Builder(name, folder, limit);
    }

    /**
     * Tools that {@code actions/setup-…} install: {@code RUNNER_TOOL_CACHE} and {@code AGENT_TOOLSDIRECTORY}. An entry is
     * a version of a tool.
     *
     * @param folder as of {@link #builder}
     * @param limit as of {@link #builder}
     * @return a builder, complete
     */
    public static Builder toolCache(Path folder, ByteSize limit) {
        return builder("tools", folder, limit)
                .variable("RUNNER_TOOL_CACHE", "")
                .variable("AGENT_TOOLSDIRECTORY", "")
                .depth(2);
    }

    /**
     * Cargo's registry: indices, archives and sources of crates. {@code CARGO_HOME} is a folder of the runner's own, in
     * which {@code registry} and Cargo's locks lead here; its credentials, its settings and what {@code cargo install} puts
     * there are not shared, and end with the runner. An entry is a crate.
     *
     * @param folder as of {@link #builder}
     * @param limit as of {@link #builder}
     * @return a builder, complete
     */
    public static Builder cargoRegistry(Path folder, ByteSize limit) {
        return builder("cargo", folder, limit)
                .home(
                        "CARGO_HOME",
                        Map.of(
                                "registry", "",
                                ".package-cache", ".package-cache",
                                ".package-cache-mutate", ".package-cache-mutate"))
                .depth(3);
    }

    /**
     * Packages of micromamba and conda: {@code CONDA_PKGS_DIRS}. {@code MAMBA_ROOT_PREFIX} is a folder of the runner's own,
     * so that no job finds the environments of another. An entry is a package.
     *
     * @param folder as of {@link #builder}; in one file system with the runners' root, so that packages are linked and
     *     not copied
     * @param limit as of {@link #builder}
     * @return a builder, complete
     */
    public static Builder micromamba(Path folder, ByteSize limit) {
        return builder("micromamba", folder, limit)
                .variable("CONDA_PKGS_DIRS", "")
                .home("MAMBA_ROOT_PREFIX", Map.of());
    }

    /**
     * Models of Hugging Face's hub: {@code HF_HUB_CACHE}. {@code HF_HOME}, where its programs leave a token, is a folder of
     * the runner's own, in which {@code hub} leads here. An entry is a model with all its revisions.
     *
     * @param folder as of {@link #builder}
     * @param limit as of {@link #builder}
     * @return a builder, complete
     */
    public static Builder models(Path folder, ByteSize limit) {
        return builder("models", folder, limit).variable("HF_HUB_CACHE", "").home("HF_HOME", Map.of("hub", ""));
    }

    /**
     * What ccache and sccache have compiled: {@code CCACHE_DIR} and {@code SCCACHE_DIR}, a folder each. An entry is a
     * 256th of it.
     *
     * @param folder as of {@link #builder}
     * @param limit as of {@link #builder}
     * @return a builder, complete
     */
    public static Builder buildArtifacts(Path folder, ByteSize limit) {
        return builder("artifacts", folder, limit)
                .variable("CCACHE_DIR", "ccache")
                .variable("SCCACHE_DIR", "sccache")
                .depth(3);
    }

    /**
     * Layers that BuildKit exports, for {@code docker buildx build --cache-to type=local,dest=$PADDOCK_DOCKER_CACHE/NAME
     * --cache-from type=local,src=$PADDOCK_DOCKER_CACHE/NAME}. What the Docker daemon itself keeps is the daemon's, shared
     * with all who use it, and is not touched. An entry is a NAME.
     *
     * @param folder as of {@link #builder}
     * @param limit as of {@link #builder}
     * @return a builder, complete
     */
    public static Builder dockerLayers(Path folder, ByteSize limit) {
        return builder("docker-layers", folder, limit).variable("PADDOCK_DOCKER_CACHE", "");
    }

    /**
     * What it is called.
     *
     * @return the name in messages
     */
    public String name() {
        return name;
    }

    /**
     * Where it is.
     *
     * @return an absolute path
     */
    public Path folder() {
        return folder;
    }

    /**
     * How large it may be when no runner lives.
     *
     * @return the limit
     */
    public ByteSize limit() {
        return limit;
    }

    /**
     * Beyond which size there is no room for new runners.
     *
     * @return at least the limit
     */
    public ByteSize most() {
        return most;
    }

    Optional<Duration> age() {
        return age;
    }

    int depth() {
        return depth;
    }

    /** By the variable, the path below the folder. */
    SortedMap<String, String> variables() {
        return variables;
    }

    /** By the variable, the links in the home that a runner gets of its own: by name, the path below the folder. */
    SortedMap<String, SortedMap<String, String>> homes() {
        return homes;
    }

    @Override
    public String toString() {
        return "SharedCache[" + name + ", " + folder + ", limit=" + limit + "]";
    }

    /** Builds a {@link SharedCache}. Not thread-safe; reusable. */
    public static final class Builder {
        private final String name;
        private final Path folder;
        private final ByteSize limit;
        private Optional<ByteSize> most = Optional.empty();
        private @Nullable Duration age;
        private int depth = 1;
        private final SortedMap<String, String> variables = new TreeMap<>();
        private final SortedMap<String, Map<String, String>> homes = new TreeMap<>();

        private Builder(String name, Path folder, ByteSize limit) {
            this.name = Objects.requireNonNull(name, "name");
            this.folder = folder.toAbsolutePath().normalize();
            this.limit = Objects.requireNonNull(limit, "limit");
        }

        /**
         * Tells jobs where the folder is.
         *
         * @param variable the variable's name
         * @param below a path below the folder, made if it is missing; empty for the folder
         * @return this
         */
        public Builder variable(String variable, String below) {
            variables.put(Objects.requireNonNull(variable, "variable"), Objects.requireNonNull(below, "below"));
            return this;
        }

        /**
         * Gives each runner a folder of its own, in which some names lead here: for tools that keep what may be shared
         * beside what may not.
         *
         * @param variable the variable that names the runner's folder
         * @param links by the name in it, the path below the cache's folder that it leads to; empty for the folder
         * @return this
         */
        public Builder home(String variable, Map<String, String> links) {
            homes.put(Objects.requireNonNull(variable, "variable"), Map.copyOf(links));
            return this;
        }

        /**
         * Sets how long an entry may be unused, however much room there is.
         *
         * @param age positive; without it an entry stays until its room is needed
         * @return this
         */
        public Builder age(Duration age) {
            if (age.isNegative() || age.isZero()) {
                throw new IllegalArgumentException("age must be positive: " + age);
            }
            this.age = age;
            return this;
        }

        /**
         * Sets how large it may become before new runners must wait for the living ones to end and it to shrink.
         *
         * @param most at least the limit; default twice the limit
         * @return this
         */
        public Builder most(ByteSize most) {
            this.most = Optional.of(most);
            return this;
        }

        /**
         * Sets what is evicted as a whole: whatever is so many names below the folder.
         *
         * @param depth 1 to 5; default 1, what lies in the folder itself
         * @return this
         */
        public Builder depth(int depth) {
            if (depth < 1 || depth > 5) {
                throw new IllegalArgumentException("depth must be 1 to 5: " + depth);
            }
            this.depth = depth;
            return this;
        }

        private ByteSize most() {
            return most.orElseGet(() -> new ByteSize(Math.min(limit.bytes(), Long.MAX_VALUE / 2) * 2));
        }

        /**
         * Makes the cache. Nothing is read or made yet.
         *
         * @return the cache
         * @throws IllegalStateException naming every contradiction
         */
        public SharedCache build() {
            List<String> problems = new ArrayList<>();
            if (!NAME.matcher(name).matches()) {
                problems.add("the name must be 1 to 30 small letters, digits and hyphens");
            }
            if (folder.getNameCount() == 0) {
                problems.add("the folder must not be " + folder);
            }
            if (limit.bytes() == 0) {
                problems.add("the limit must be more than 0");
            }
            if (most().compareTo(limit) < 0) {
                problems.add("most " + most() + " is less than the limit " + limit);
            }
            if (variables.isEmpty() && homes.isEmpty()) {
                problems.add("no variable tells jobs of it; add variable(…) or home(…)");
            }
            variables.forEach((variable, below) -> check(variable, below, problems));
            homes.forEach((variable, links) -> {
                check(variable, "", problems);
                links.values().forEach(below -> check(variable, below, problems));
                links.keySet().stream()
                        .filter(link -> link.isEmpty() || !isBelow(link) || link.contains("/"))
                        .forEach(link -> problems.add("\"" + link + "\" is no name of a link"));
                if (variables.containsKey(variable)) {
                    problems.add(variable + " is set twice");
                }
            });
            if (!problems.isEmpty()) {
                throw new IllegalStateException("cache " + name + ": " + String.join("; ", problems));
            }
            return new SharedCache(this);
        }

        private static void check(String variable, String below, List<String> problems) {
            if (!VARIABLE.matcher(variable).matches()) {
                problems.add("\"" + variable + "\" is no name of a variable");
            }
            if (!isBelow(below)) {
                problems.add("\"" + below + "\" is no path below the folder");
            }
        }

        private static boolean isBelow(String path) {
            if (path.indexOf('\0') >= 0) {
                return false;
            }
            Path below = Path.of(path);
            return !below.isAbsolute()
                    && below.equals(below.normalize())
                    && !below.startsWith("..")
                    && !below.startsWith(CacheFolder.OURS);
        }
    }
}
