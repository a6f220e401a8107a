package dev.paddock.testkit.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;

/** Secrets and where they were found: in files, and in what every process of this host shows of itself. */
final class Canaries {
    private static final int LEAST = 16;

    private final Map<String, List<String>> forms = new ConcurrentSkipListMap<>();
    private final Set<String> found = new ConcurrentSkipListSet<>();

    /** A secret in all its forms: as it is, URL-encoded, and in Base64 wherever in it it lies. */
    void add(String name, String secret) {
        if (secret.length() < LEAST) {
            throw new IllegalArgumentException(name + " is too short to be told from other things: " + secret);
        }
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        var all = new TreeSet<>(List.of(latin(bytes), URLEncoder.encode(secret, StandardCharsets.UTF_8)));
        for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
            for (int before = 0; before <= 2; before++) {
                byte[] padded = new byte[before + bytes.length];
                System.arraycopy(bytes, 0, padded, before, bytes.length);
                String text = encoder.withoutPadding().encodeToString(padded);
                all.add(text.substring(before == 0 ? 0 : before + 1, padded.length * 8 / 6));
            }
        }
        forms.put(name, List.copyOf(all));
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The names of the secrets in it. */
    Set<String> in(byte[] bytes) {
        String text = latin(bytes);
        var names = new TreeSet<String>();
        forms.forEach((name, all) -> {
            if (all.stream().anyMatch(text::contains)) {
                names.add(name);
            }
        });
        return names;
    }

    /** Where a secret was found where it should not be. */
    Set<String> found() {
        return new TreeSet<>(found);
    }

    void found(String where, Set<String> names) {
        names.forEach(name -> found.add(where + " holds " + name));
    }

    /** Which files and names below a folder hold what. */
    Map<Path, Set<String>> below(Path folder) throws IOException {
        Map<Path, Set<String>> holding = new LinkedHashMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.toList()) {
                Set<String> names = in(path.toString().getBytes(StandardCharsets.UTF_8));
                if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    names.addAll(in(read(path)));
                }
                if (!names.isEmpty()) {
                    holding.put(folder.relativize(path), names);
                }
            }
        } catch (UncheckedIOException goneMeanwhile) {
            if (!(goneMeanwhile.getCause() instanceof NoSuchFileException)) {
                throw goneMeanwhile;
            }
        }
        return holding;
    }

    static byte[] read(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException gone) {
            return new byte[0];
        }
    }

    /** What a process shows of itself; empty if it is gone, another user's, or was changing while it was read. */
    record Shown(long pid, List<String> argv, byte[] environ) {
        static List<Shown> all() {
            try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
                return entries.map(entry -> entry.getFileName().toString())
                        .filter(name -> name.matches("\\d+"))
                        .map(Shown::of)
                        .filter(shown -> !shown.argv().isEmpty())
                        .toList();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }

        private static Shown of(String pid) {
            Path process = Path.of("/proc", pid);
            try {
                byte[] argv = Files.readAllBytes(process.resolve("cmdline"));
                byte[] environ = Files.readAllBytes(process.resolve("environ"));
                byte[] again = Files.readAllBytes(process.resolve("cmdline"));
                return new Shown(
                        Long.parseLong(pid),
                        Arrays.equals(argv, again) && argv.length > 0
                                ? List.of(latin(argv).split("\0", -1))
                                : List.of(),
                        environ);
            } catch (IOException goneOrAnothers) {
                return new Shown(Long.parseLong(pid), List.of(), new byte[0]);
            }
        }

        /** The value of a variable; empty if it has none. */
        String variable(String name) {
            return Arrays.stream(latin(environ).split("\0", -1))
                    .filter(entry -> entry.startsWith(name + "="))
                    .map(entry -> entry.substring(name.length() + 1))
                    .findFirst()
                    .orElse("");
        }

        /**
         * Java's own helper, an instant before it becomes the program that it is to start: it still has the environment of
         * the JVM, and the program gets another.
         */
        boolean isOnItsWay() {
            return argv.get(0).endsWith("/jspawnhelper");
        }
    }
}
