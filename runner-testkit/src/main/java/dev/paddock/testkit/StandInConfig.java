package dev.paddock.testkit;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code config.sh} does, for a {@link StandInRunner}: registers a runner by a token, and takes it away. */
final class StandInConfig {
    private static final String TOKEN = "ACTIONS_RUNNER_INPUT_TOKEN";
    private static final String[] FILES = {".runner", ".credentials", ".credentials_rsaparams"};
    private static final String[] FLAGS = {
        "--unattended", "--ephemeral", "--replace", "--disableupdate", "--no-default-labels"
    };
    private static final String[] OPTIONS = {"--url", "--name", "--labels", "--work", "--runnergroup", "--token"};
    private static final int REFUSED = 1;

    private final Map<String, String> given = new LinkedHashMap<>();
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    private StandInConfig() {}

    /** Registers, or with {@code remove} first removes; returns the exit code. */
    static int run(List<String> arguments) {
        var config = new StandInConfig();
        boolean removes = !arguments.isEmpty() && arguments.get(0).equals("remove");
        String problem;
        try {
            problem = config.read(removes ? arguments.subList(1, arguments.size()) : arguments);
            if (problem == null) {
                problem = removes ? config.remove() : config.register();
            }
        } catch (StandInService.Refused refused) {
            problem = refused(refused.status(), config.option("--name"));
        } catch (IOException | IllegalArgumentException failed) {
            problem = String.valueOf(failed.getMessage());
        }
        if (problem != null) {
            config.print(problem);
            return REFUSED;
        }
        return 0;
    }

    private static String refused(int status, String name) {
        return switch (status) {
            case 401 -> "Http response code: Unauthorized: the token is not valid, or has expired.";
            case 409 -> "A runner exists with the same name ".concat(name).concat(".");
            case 422 -> "The runner is still running a job.";
            default -> "Http response code: ".concat(String.valueOf(status));
        };
    }

    private void print(String line) {
        StandInRunner.print(out, line);
    }

    private String option(String name) {
        return given.getOrDefault(name, "");
    }

    private @Nullable String read(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            if (List.of(FLAGS).contains(name)) {
                given.put(name, "true");
            } else if (List.of(OPTIONS).contains(name) && i + 1 < arguments.size()) {
                i++;
                given.put(name, arguments.get(i));
            } else {
                return "Unrecognized command-line input arguments: '"
                        .concat(name)
                        .concat("'.");
            }
        }
        return null;
    }

    private String token() {
        String token = System.getenv(TOKEN);
        return token != null && !token.isEmpty() ? token : option("--token");
    }

    private @Nullable String register() throws IOException {
        if (new File(".runner").exists()) {
            return "Cannot configure the runner because it is already configured.";
        }
        if (!given.containsKey("--unattended") || option("--url").isEmpty() || token().isEmpty()) {
            return "Invalid configuration provided for url or token. Terminating unattended configuration.";
        }
        boolean exact = given.containsKey("--no-default-labels");
        if (exact && option("--labels").isEmpty()) {
            return "--no-default-labels needs --labels.";
        }
        String labels = exact ? option("--labels") : "self-hosted,Linux,X64,".concat(option("--labels"));
        boolean ephemeral = given.containsKey("--ephemeral");
        var body = new StringBuilder("{");
        text(body, "url", option("--url")).append(',');
        text(body, "name", option("--name")).append(',');
        if (!option("--runnergroup").isEmpty()) {
            text(body, "group", option("--runnergroup")).append(',');
        }
        body.append("\"labels\":[");
        String between = "";
        for (String label : labels.split(",", -1)) {
            if (!label.isEmpty()) {
                body.append(between).append(quoted(label));
                between = ",";
            }
        }
        body.append("],\"ephemeral\":").append(ephemeral);
        body.append(",\"replace\":").append(given.containsKey("--replace")).append('}');
        Map<String, Object> answer =
                StandInService.byToken(base(option("--url")), token()).register(body.toString());
        print("√ Connected to GitHub");
        write(answer, ephemeral);
        print("√ Runner successfully added");
        return null;
    }

    private void write(Map<String, Object> answer, boolean ephemeral) throws IOException {
        var runner = new StringBuilder("\uFEFF{");
        runner.append("\"agentId\":").append(StandInJson.text(answer, "id")).append(',');
        text(runner, "agentName", option("--name")).append(',');
        text(runner, "serverUrl", StandInJson.text(answer, "serverUrl")).append(',');
        text(runner, "gitHubUrl", option("--url")).append(',');
        text(runner, "workFolder", option("--work")).append(',');
        runner.append("\"disableUpdate\":")
                .append(given.containsKey("--disableupdate"))
                .append(',');
        runner.append("\"ephemeral\":").append(ephemeral).append('}');
        var credentials = new StringBuilder("{\"scheme\":\"OAuth\",\"data\":{");
        text(credentials, "token", StandInJson.text(answer, "token")).append("}}");
        write(FILES[2], "{}");
        write(FILES[1], credentials.toString());
        write(FILES[0], runner.toString());
    }

    private static void write(String name, String content) throws IOException {
        try (var file = new FileOutputStream(name)) {
            file.write(content.getBytes(StandardCharsets.UTF_8));
        }
    }

    private @Nullable String remove() throws IOException {
        if (new File(".service").exists()) {
            return "Uninstall service first";
        }
        Map<String, Object> runner = read(".runner");
        try {
            StandInService.byToken(StandInJson.text(runner, "serverUrl"), token())
                    .remove(StandInJson.text(runner, "agentId"));
        } catch (StandInService.Refused refused) {
            if (refused.status() != 404) {
                throw refused;
            }
            print("Does not exist. Skipping Removing runner from the server");
        }
        delete();
        print("√ Runner removed successfully");
        return null;
    }

    /** A file that this has written into the working directory. */
    static Map<String, Object> read(String name) throws IOException {
        try (var file = new FileInputStream(name)) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return StandInJson.parse(text.startsWith("\uFEFF") ? text.substring(1) : text);
        }
    }

    /** Deletes what was written. */
    static void delete() {
        for (String name : FILES) {
            new File(name).delete();
        }
    }

    private static String base(String url) {
        URI uri = URI.create(url);
        return uri.getScheme().concat("://").concat(uri.getAuthority()).concat("/");
    }

    private static StringBuilder text(StringBuilder json, String name, String value) {
        return json.append(quoted(name)).append(':').append(quoted(value));
    }

    private static String quoted(String text) {
        return "\"".concat(text.replace("\\", "\\\\").replace("\"", "\\\"")).concat("\"");
    }
}
