package dev.paddock.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is on the disk of a guest before it boots, for {@link ComputeEngineSimulator#bootGuests}: programs, and the
 * commands that would change the machine itself. Immutable.
 */
public final class GuestImage {
    private static final String RUNNER = "actions-runner/bin/Runner.Listener";

    private final Map<String, List<String>> programs;
    private final Map<String, List<String>> commands;

    private GuestImage(Builder builder) {
        programs = Map.copyOf(builder.programs);
        commands = Map.copyOf(builder.commands);
    }

    /**
     * Begins with {@link StandInRunner} in {@code /actions-runner}, as version 2.330.0, and no GPU.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Writes the programs below the disk, and the commands into a folder of their own. */
    void install(Path disk, Path path) throws IOException {
        for (Map.Entry<String, List<String>> program : programs.entrySet()) {
            write(disk.resolve(program.getKey()), program.getValue());
        }
        for (Map.Entry<String, List<String>> command : commands.entrySet()) {
            write(path.resolve(command.getKey()), command.getValue());
        }
    }

    private static void write(Path file, List<String> lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Builds an image. Not thread-safe. */
    public static final class Builder {
        private final Map<String, List<String>> programs = new TreeMap<>();
        private final Map<String, List<String>> commands = new TreeMap<>();

        private Builder() {
            runner("2.330.0", StandInRunner.command());
            for (String name : List.of("shutdown", "poweroff")) {
                command(name, "touch \"$GUEST_OFF\"");
            }
            for (String name : List.of("systemctl", "nft", "iptables", "ip6tables")) {
                command(name, "exit 0");
            }
        }

        /**
         * The runner in {@code /actions-runner}.
         *
         * @param version what it says when it is asked
         * @param command the program that is run in its place, which must be readable for the user that runs it
         * @return this builder
         */
        public Builder runner(String version, List<String> command) {
            String line = command.stream()
                    .map(word -> "'" + word.replace("'", "'\\''") + "'")
                    .collect(Collectors.joining(" "));
            return program(RUNNER, "[ \"$1\" != --version ] || exec echo '" + version + "'", "exec " + line);
        }

        /**
         * An image without a runner.
         *
         * @return this builder
         */
        public Builder withoutRunner() {
            programs.remove(RUNNER);
            return this;
        }

        /**
         * GPUs whose driver answers, by an {@code nvidia-smi} that lists them.
         *
         * @param count how many, 0 to 16
         * @return this builder
         * @throws IllegalArgumentException if there are more, or fewer than none
         */
        public Builder gpus(int count) {
            List<String> lines = new ArrayList<>();
            lines.add("[ \"$1\" = --list-gpus ] || exit 0");
            for (int index = 0; index < Bounds.within("count", count, 0, 16); index++) {
                lines.add("echo 'GPU " + index + ": Tesla T4 (UUID: GPU-00000000-0000-0000-0000-00000000000" + index
                        + ")'");
            }
            return command("nvidia-smi", lines.toArray(new String[0]));
        }

        /**
         * A program on the disk.
         *
         * @param path where, below the disk's root, without a slash at the beginning
         * @param lines a script for bash
         * @return this builder
         */
        public Builder program(String path, String... lines) {
            programs.put(Objects.requireNonNull(path, "path"), List.of(lines));
            return this;
        }

        /**
         * A command that the startup script finds before the machine's own of that name.
         *
         * @param name its name
         * @param lines a script for bash; the guest is off when its startup script has ended and a command has written
         *     the file {@code $GUEST_OFF}, as {@code shutdown} and {@code poweroff} do
         * @return this builder
         */
        public Builder command(String name, String... lines) {
            commands.put(Objects.requireNonNull(name, "name"), List.of(lines));
            return this;
        }

        /** {@return the image} */
        public GuestImage build() {
            return new GuestImage(this);
        }
    }
}
