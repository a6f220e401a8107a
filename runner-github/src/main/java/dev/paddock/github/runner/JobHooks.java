package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scripts that the official runner runs before and after each job. It waits for them for ever, so each is run by a script
 * of ours that ends it after a time.
 *
 * @param started before a job
 * @param completed after it
 * @param timeout how long either may take
 */
record JobHooks(Optional<Path> started, Optional<Path> completed, Duration timeout) {
    static final String STARTED = "ACTIONS_RUNNER_HOOK_JOB_STARTED";
    static final String COMPLETED = "ACTIONS_RUNNER_HOOK_JOB_COMPLETED";

    private static final Logger LOG = LoggerFactory.getLogger(JobHooks.class);
    private static final String FOLDER = ".hooks";
    private static final List<Path> TIMEOUT = List.of(Path.of("/usr/bin/timeout"), Path.of("/bin/timeout"));
    private static final List<Path> SHELLS =
            List.of(Path.of("/bin/bash"), Path.of("/usr/bin/bash"), Path.of("/bin/sh"));

    /** The hooks by the variables that name them. */
    Map<String, Path> byVariable() {
        Map<String, Path> hooks = new TreeMap<>();
        started.ifPresent(hook -> hooks.put(STARTED, hook));
        completed.ifPresent(hook -> hooks.put(COMPLETED, hook));
        return hooks;
    }

    /** What can be said against a hook without looking at the disk; empty if nothing. */
    static Optional<String> problem(Path hook, Path root) {
        String name = String.valueOf(hook.getFileName());
        if (!name.endsWith(".sh") && !name.endsWith(".ps1")) {
            return Optional.of("the hook " + hook + " must end in .sh or .ps1, or the runner does not run it");
        }
        return hook.startsWith(root)
                ? Optional.of("the hook " + hook + " lies in the runners' root " + root
                        + ", where jobs write; put it elsewhere")
                : Optional.empty();
    }

    /** Checks the hooks and writes what runs them; the variables for the runners' environment. */
    Map<String, String> prepare(Path root) throws IOException {
        Map<String, String> variables = new TreeMap<>();
        for (Map.Entry<String, Path> hook : byVariable().entrySet()) {
            check(hook.getValue(), root);
            variables.put(hook.getKey(), bounded(hook.getValue(), root).toString());
        }
        return variables;
    }

    /** Names the hooks in a runner's file of variables, in place of others and beside what it holds. */
    static void addTo(Path file, Map<String, String> hooks) throws IOException {
        if (hooks.isEmpty()) {
            return;
        }
        List<String> lines = new ArrayList<>();
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            for (String line : Files.readAllLines(file)) {
                if (hooks.keySet().stream().noneMatch(name -> line.startsWith(name + "="))) {
                    lines.add(line);
                }
            }
        }
        hooks.forEach((name, script) -> lines.add(name + "=" + script));
        Path draft = Files.createTempFile(file.getParent(), ".env", ".tmp", FolderTree.only(file, "rw-------"));
        Files.write(draft, lines);
        Files.move(draft, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static void check(Path hook, Path root) throws IOException {
        if (!Files.isRegularFile(hook) || !Files.isReadable(hook)) {
            throw refused(hook, Files.exists(hook) ? "it is not a file this user may read" : "it does not exist");
        }
        Path real = hook.toRealPath();
        if (real.startsWith(root.toRealPath())) {
            throw refused(hook, "it is " + real + ", in the runners' root, where jobs write; put it elsewhere");
        }
        if (!FolderTree.isPosix(real)) {
            return;
        }
        Path parent = real.getParent();
        for (Path one : parent == null ? List.of(real) : List.of(real, parent)) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(one);
            boolean shared = permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE);
            if (shared && !(Files.isDirectory(one) && isSticky(one))) {
                throw refused(
                        hook,
                        "others may write to " + one + " (" + PosixFilePermissions.toString(permissions)
                                + "); chmod go-w " + one);
            }
        }
    }

    /** In such a folder nobody replaces another's files. */
    private static boolean isSticky(Path folder) throws IOException {
        return ((int) Files.getAttribute(folder, "unix:mode") & 01000) != 0;
    }

    private static RunnerException refused(Path hook, String problem) {
        return new RunnerException("the job hook " + hook + " cannot be used: " + problem, false, null);
    }

    /** PowerShell scripts, and all where there is no {@code timeout}, are run as they are. */
    private Path bounded(Path hook, Path root) throws IOException {
        Optional<Path> timer = TIMEOUT.stream().filter(Files::isExecutable).findFirst();
        Optional<Path> shell = SHELLS.stream().filter(Files::isExecutable).findFirst();
        if (hook.toString().endsWith(".ps1") || timer.isEmpty() || shell.isEmpty()) {
            LOG.warn("the job hook {} runs without a time limit: a job whose hook hangs is never over", hook);
            return hook;
        }
        String script = script(hook, timer.get(), shell.get());
        Path folder = root.resolve(FOLDER);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(folder, FolderTree.only(root, "rwx------"));
        }
        byte[] bytes = script.getBytes(StandardCharsets.UTF_8);
        Path wrapper = folder.resolve("hook-" + digest(bytes) + ".sh");
        write(wrapper, bytes);
        return wrapper;
    }

    private String script(Path hook, Path timer, Path shell) {
        double seconds = timeout.toMillis() / 1000.0;
        return "#!/bin/sh\n"
                + "code=0\n"
                + timer + " -k 10 " + seconds + " " + shell + " -e " + quoted(hook.toString()) + " || code=$?\n"
                + "[ $code -ne 124 ] || echo " + quoted("the hook " + hook + " did not end within " + timeout)
                + "\n"
                + "exit $code\n";
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    /** As a whole and anew each time: a job of this user can have changed it. */
    private static void write(Path wrapper, byte[] bytes) throws IOException {
        Path draft = Files.createTempFile(wrapper.getParent(), "draft", ".tmp", FolderTree.only(wrapper, "rwx------"));
        Files.write(draft, bytes);
        if (FolderTree.isPosix(wrapper)) {
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("r-x------"));
        }
        try {
            Files.move(draft, wrapper, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (FileAlreadyExistsException another) {
            Files.deleteIfExists(draft);
        }
    }
}
