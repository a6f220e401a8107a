package dev.paddock.github.runner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paddock.github.rest.RunnerToken;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A runner's folder as config.sh leaves it, and stand-ins of the programs that a service manager is asked by. */
final class ServiceFixture implements AutoCloseable {
    static final String NAME = "actions.runner.acme-engine.gpu-1";
    static final String TOKEN = "AREMOVALTOKENTHATNOBODYMAYSEE";

    final Path root;
    final Path folder;
    final Path units;
    /** A line for each call of a stand-in: its name and arguments. */
    final Path calls;

    final SystemScheduler scheduler = Scheduler.system("service-test");

    ServiceFixture(Path root) throws IOException {
        this.root = root;
        folder = Files.createDirectories(root.resolve("runners")).resolve("one");
        units = Files.createDirectories(root.resolve("units"));
        calls = root.resolve("calls");
        Files.createDirectories(folder.resolve("bin"));
        permit(folder, "rwx------");
        configure("https://github.com/acme/engine", "gpu-1");
        script(folder.resolve("bin/runsvc.sh"), "exec sleep 1000");
    }

    /** With the byte order mark that the runner writes. */
    void configure(String url, String name) throws IOException {
        Files.writeString(
                folder.resolve(".runner"),
                "\uFEFF{\"agentId\": 7, \"agentName\": \"" + name + "\", \"gitHubUrl\": \"" + url + "\"}");
    }

    static RunnerToken token() {
        return new RunnerToken(TOKEN, Optional.empty());
    }

    static Path script(Path file, String... lines) throws IOException {
        Files.write(file, List.of("#!/bin/bash", String.join("\n", lines)));
        permit(file, "rwxr-xr-x");
        return file;
    }

    static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    /** A program that writes down how it was called and then does as it is told, with its arguments. */
    String program(String name, String... lines) throws IOException {
        return script(root.resolve(name), "echo \"" + name + " $*\" >>" + calls, String.join("\n", lines))
                .toString();
    }

    List<String> calls() throws IOException {
        return Files.exists(calls) ? Files.readAllLines(calls, UTF_8) : List.of();
    }

    void forgetCalls() throws IOException {
        Files.deleteIfExists(calls);
    }

    /** Makes another user the owner of the folder, and of what is in it; for root alone. */
    void give(String user) throws IOException {
        give(folder, user);
    }

    static void give(Path top, String user) throws IOException {
        var owner = top.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
        try (Stream<Path> all = Files.walk(top)) {
            for (Path file : all.toList()) {
                Files.setOwner(file, owner);
            }
        }
    }

    /** Whose the folder is. */
    String owner() throws IOException {
        return Files.getOwner(folder).getName();
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
