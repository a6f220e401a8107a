package dev.paddock.examples;

import dev.paddock.testkit.StandInRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Starts the examples as programs of their own, in a folder. */
final class Programs {
    private final Supplier<Path> folder;

    Programs(Supplier<Path> folder) {
        this.folder = folder;
    }

    /** The stand-in behind one path, as the official runner is behind its run.sh. */
    Path standIn() throws IOException {
        String command =
                StandInRunner.command().stream().map(part -> "'" + part + "'").collect(Collectors.joining(" "));
        Path script = Files.writeString(folder.get().resolve("run.sh"), "#!/bin/sh\nexec " + command + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    Process java(String main, String... args) throws IOException {
        return java(List.of(), main, args);
    }

    /** An example whose output goes to a file, so that nobody needs to read it while it runs. */
    Process example(Path output, String... args) throws IOException {
        return prepare(List.of(), Main.class.getName(), args)
                .redirectOutput(output.toFile())
                .start();
    }

    /** An example with variables of its own, whose output goes to a file. */
    Process java(Map<String, String> environment, Path output, String... args) throws IOException {
        ProcessBuilder builder = prepare(List.of(), Main.class.getName(), args).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    Process java(List<String> flags, String main, String... args) throws IOException {
        return prepare(flags, main, args).start();
    }

    private ProcessBuilder prepare(List<String> flags, String main, String... args) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .directory(folder.get().toFile());
        builder.environment().put("GITHUB_TOKEN", "ghp_any");
        return builder;
    }

    static String output(Process process) throws IOException {
        try (var reader = process.inputReader()) {
            return reader.lines().collect(Collectors.joining("\n"));
        }
    }
}
