package dev.paddock.github.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What the official runner calls its service. The name in the folder's {@code .service} holds, for a long one has digits
 * of chance in it; only without that file is it worked out, in the way of the runner's own installer.
 */
final class ServiceName {
    static final String FILE = ".service";

    private static final String PREFIX = "actions.runner.";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern VALID = Pattern.compile("[0-9A-Za-z][0-9A-Za-z:_.-]{0,246}");
    private static final int LONGEST_FILE = 65_536;

    /** The runner's limits: the whole name, and the owner's part once it is cut. */
    enum Rules {
        UNIX(150, 70),
        WINDOWS(80, 45);

        private final int longest;
        private final int longestOwner;

        Rules(int longest, int longestOwner) {
            this.longest = longest;
            this.longestOwner = longestOwner;
        }
    }

    private ServiceName() {}

    /**
     * Reads or works out the name.
     *
     * @param suffix what the platform's names end with, such as {@code .service}; counts in the length
     */
    static String of(Path folder, Rules rules, String suffix, RandomGenerator random) {
        Optional<String> written = written(folder);
        if (written.isPresent()) {
            if (!written.get().startsWith(PREFIX)) { // a job may write it, and must not have us stop another service
                throw new ServiceException(
                        folder.resolve(FILE) + " does not hold the name of a runner's service, which begins with "
                                + PREFIX + ": correct it, or give the service a name",
                        false,
                        null);
            }
            return checked(written.get(), folder.resolve(FILE) + " holds");
        }
        JsonNode runner = configuration(folder);
        String name = compute(
                ownerOf(value(runner, folder, "gitHubUrl")), value(runner, folder, "agentName"), rules, suffix, random);
        return checked(name, "the runner's installer would take");
    }

    /** On macOS the file holds the property list's path. */
    private static Optional<String> written(Path folder) {
        try {
            String line = Files.readString(folder.resolve(FILE)).strip();
            String last = line.substring(line.lastIndexOf('/') + 1);
            return Optional.of(last.endsWith(".plist") ? last.substring(0, last.length() - ".plist".length()) : line);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException unreadable) {
            throw new ServiceException(
                    "the service's name in " + folder.resolve(FILE) + " cannot be read: " + unreadable
                            + "; run it as a user who may",
                    false,
                    unreadable);
        }
    }

    /** The path of the URL: OWNER/REPOSITORY, an organization, or enterprises/NAME. */
    private static String ownerOf(String url) {
        try {
            return URI.create(url).getPath().replaceAll("^/+|/+$", "");
        } catch (IllegalArgumentException | NullPointerException noAddress) {
            throw new ServiceException(
                    "the runner's gitHubUrl is no address: \"" + url + "\"; configure the runner anew",
                    false,
                    noAddress);
        }
    }

    static String compute(String owner, String runner, Rules rules, String suffix, RandomGenerator random) {
        String cleaned = owner.replaceAll("[^0-9a-zA-Z._\\-]", "-");
        String name = pattern(cleaned, runner, suffix);
        if (name.length() > rules.longest) {
            String cut = cleaned.substring(0, Math.min(cleaned.length(), rules.longestOwner));
            int over = name.length() - rules.longest + 5 - (cleaned.length() - cut.length());
            String shorter = over > 0 ? runner.substring(0, Math.max(0, runner.length() - over)) : runner;
            name = pattern(cut, shorter + "-" + random.nextInt(1000, 9999), suffix);
        }
        return name.replace(' ', '_');
    }

    private static String pattern(String owner, String runner, String suffix) {
        return PREFIX + owner + "." + runner + suffix;
    }

    /** A name goes into paths and command lines. */
    static String checked(String name, String whence) {
        if (!VALID.matcher(name).matches()) {
            throw new ServiceException(
                    whence + " \"" + name.replaceAll("\\p{Cntrl}", "?")
                            + "\", which cannot be a service's name: it must begin with a letter or a digit, and have at"
                            + " most 247 letters, digits and any of : _ . -; register the runner under another name",
                    false,
                    null);
        }
        return name;
    }

    private static JsonNode configuration(Path folder) {
        Path file = folder.resolve(".runner");
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length > LONGEST_FILE) {
                throw new IOException("it is longer than " + LONGEST_FILE + " bytes");
            }
            return JSON.readTree(new String(bytes, StandardCharsets.UTF_8).replaceFirst("^\uFEFF", ""));
        } catch (NoSuchFileException none) {
            throw new ServiceException(
                    folder + " is not the folder of a configured runner, for it has no .runner: run config.sh there"
                            + " first, or give the service a name",
                    false,
                    none);
        } catch (IOException malformed) {
            throw new ServiceException(
                    file + " cannot be used: "
                            + String.valueOf(malformed.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse("it is empty")
                            + "; configure the runner anew",
                    false,
                    malformed);
        }
    }

    private static String value(JsonNode node, Path folder, String key) {
        return node.properties().stream()
                .filter(one -> one.getKey().equalsIgnoreCase(key))
                .map(one -> one.getValue().asText(""))
                .filter(text -> !text.isBlank())
                .findFirst()
                .orElseThrow(() -> new ServiceException(
                        folder.resolve(".runner") + " names no " + key + ": configure the runner anew", false, null));
    }
}
