package dev.paddock.github.runner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.SelfHostedRunner;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The official runner's folders below a workspace, such as {@code actions-runner-1}, and what GitHub and the process
 * table say of them. Looks only; what cannot be read is told in the answer and fails nothing. Immutable.
 */
public final class RunnerFolders {
    /** How the folders' names begin; that is what GitHub's instructions call them. */
    public static final String PREFIX = "actions-runner";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern GPU = Pattern.compile("gpu-([0-9]{1,4})", Pattern.CASE_INSENSITIVE);
    private static final Pattern CHUNK = Pattern.compile("[0-9]+|[^0-9]+");
    private static final int LONGEST = 65_536;

    /**
     * What one look found.
     *
     * @param runners a folder each, in the order a person counts
     * @param registered how many runners GitHub has in all; empty if it was not asked or did not answer
     * @param problems what could not be looked at, a sentence each
     */
    public record Report(List<RunnerFolder> runners, OptionalLong registered, List<String> problems) {
        /** Copies the lists. */
        public Report {
            runners = List.copyOf(runners);
            Objects.requireNonNull(registered, "registered");
            problems = List.copyOf(problems);
        }

        /**
         * Whether there are runners and all are connected.
         *
         * @return false where there is none
         */
        public boolean allOnline() {
            return !runners.isEmpty() && runners.stream().allMatch(RunnerFolder::isOnline);
        }

        /**
         * How many have a process.
         *
         * @return 0 or more
         */
        public int alive() {
            return (int) runners.stream().filter(RunnerFolder::isAlive).count();
        }

        /**
         * A table, a line for each runner, without the problems. Names are as GitHub and files have them: they may hold
         * anything.
         *
         * @return lines, the last one complete
         */
        public String text() {
            return new RunnerFolderSheet(this).text();
        }

        /**
         * The same for programs, with the keys of the SLATE multi-runner and besides {@code gpus} and {@code problems};
         * {@code gpu_id} is null unless it is one GPU, {@code total_registered_github} if GitHub was not asked.
         *
         * @return a JSON object
         */
        public String json() {
            return new RunnerFolderSheet(this).json();
        }
    }

    private final Path workspace;
    private final boolean multiGpuAsGpu2;

    private RunnerFolders(Path workspace, boolean multiGpuAsGpu2) {
        this.workspace = workspace;
        this.multiGpuAsGpu2 = multiGpuAsGpu2;
    }

    /**
     * The folders directly below a workspace.
     *
     * @param workspace need not exist
     * @return nothing is read yet
     */
    public static RunnerFolders in(Path workspace) {
        return new RunnerFolders(workspace.toAbsolutePath().normalize(), false);
    }

    /**
     * The same, where the label {@code gpu-2} means several GPUs and not the one of index 2, as for the SLATE
     * multi-runner.
     *
     * @return the folders
     */
    public RunnerFolders withMultiGpuAsGpu2() {
        return new RunnerFolders(workspace, true);
    }

    /**
     * Where is looked.
     *
     * @return absolute
     */
    public Path workspace() {
        return workspace;
    }

    /**
     * Looks at this host alone. Reads the disk and the process table.
     *
     * @return the status of each runner is unknown
     */
    public Report look() {
        return look(Optional.empty(), List.of());
    }

    /**
     * Looks at this host, and at what GitHub listed.
     *
     * @param registered all runners of the scope
     * @return the runners, by name
     */
    public Report look(List<SelfHostedRunner> registered) {
        return look(Optional.of(registered), List.of());
    }

    /**
     * Asks GitHub for all its runners and looks at this host.
     *
     * @param github whose runners these are
     * @return never fails: if GitHub does not answer, the problem is told and the status of each runner is unknown
     */
    public CompletionStage<Report> look(GitHubClient github) {
        return github.runners()
                .handle((runners, failure) -> failure == null
                        ? look(runners)
                        : look(
                                Optional.empty(),
                                List.of("GitHub's runners are not known: "
                                        + Optional.ofNullable(failure.getCause())
                                                .orElse(failure)
                                                .getMessage())));
    }

    private Report look(Optional<List<SelfHostedRunner>> registered, List<String> told) {
        List<String> problems = new ArrayList<>(told);
        RunnerProcesses processes = RunnerProcesses.read();
        var table = new ProcessTable();
        List<RunnerFolder> runners = folders(problems).stream()
                .map(folder -> {
                    var runner = new Found(folder);
                    runner.read();
                    runner.runs(processes, table);
                    registered.ifPresent(runner::join);
                    return runner.told();
                })
                .toList();
        return new Report(
                runners,
                registered.isPresent() ? OptionalLong.of(registered.get().size()) : OptionalLong.empty(),
                problems);
    }

    // ---- this host --------------------------------------------------------------------------------------------

    private List<Path> folders(List<String> problems) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(workspace, PREFIX + "*")) {
            entries.forEach(entry -> {
                if (Files.isDirectory(entry)) {
                    found.add(entry);
                }
            });
        } catch (IOException | DirectoryIteratorException unreadable) {
            problems.add("the workspace " + workspace + " cannot be read: " + unreadable);
        }
        found.sort(Comparator.comparing(folder -> folder.getFileName().toString(), RunnerFolders::byNumber));
        return found;
    }

    /** So that 2 comes before 12. */
    static int byNumber(String one, String other) {
        Matcher left = CHUNK.matcher(one);
        Matcher right = CHUNK.matcher(other);
        while (left.find() && right.find()) {
            String a = left.group();
            String b = right.group();
            boolean numbers = Character.isDigit(a.charAt(0)) && Character.isDigit(b.charAt(0));
            int order = numbers ? new BigInteger(a).compareTo(new BigInteger(b)) : a.compareTo(b);
            if (order != 0) {
                return order;
            }
        }
        int order = Integer.compare(one.length(), other.length());
        return order != 0 ? order : one.compareTo(other);
    }

    private List<Integer> gpus(List<String> labels) {
        return labels.stream()
                .map(GPU::matcher)
                .filter(Matcher::matches)
                .map(label -> Integer.valueOf(label.group(1)))
                .filter(index -> !(multiGpuAsGpu2 && index == 2))
                .distinct()
                .sorted()
                .toList();
    }

    /** One folder, while it is looked at. */
    private final class Found {
        private final Path folder;
        private String name;
        private OptionalLong id = OptionalLong.empty();
        private String status = RunnerFolder.UNKNOWN;
        private boolean busy;
        private OptionalLong pid = OptionalLong.empty();
        private List<String> labels = List.of();
        private final List<String> problems = new ArrayList<>();

        Found(Path folder) {
            this.folder = folder;
            this.name = folder.getFileName().toString();
        }

        RunnerFolder told() {
            return new RunnerFolder(folder, name, id, status, busy, pid, labels, gpus(labels), problems);
        }

        /** What config.sh wrote begins with a byte order mark; a JIT configuration begins its keys with capitals. */
        void read() {
            Path file = folder.resolve(".runner");
            if (!Files.exists(file)) {
                return;
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(LONGEST + 1);
                if (bytes.length > LONGEST) {
                    throw new IOException("it is longer than " + LONGEST + " bytes");
                }
                JsonNode node = JSON.readTree(new String(bytes, StandardCharsets.UTF_8).replaceFirst("^\uFEFF", ""));
                value(node, "agentName").filter(text -> !text.isBlank()).ifPresent(text -> name = text);
                value(node, "agentId")
                        .filter(text -> text.matches("[1-9][0-9]{0,17}"))
                        .ifPresentOrElse(
                                text -> id = OptionalLong.of(Long.parseLong(text)),
                                () -> problems.add(file + " names no agentId: register the runner anew"));
            } catch (IOException malformed) {
                String what = malformed instanceof JsonProcessingException json
                        ? "it is no JSON: " + json.getOriginalMessage()
                        : malformed.toString();
                problems.add(file + " cannot be used: " + what);
            }
        }

        private static Optional<String> value(JsonNode node, String key) {
            return node.properties().stream()
                    .filter(one -> one.getKey().equalsIgnoreCase(key))
                    .map(one -> one.getValue().asText(""))
                    .findFirst();
        }

        void runs(RunnerProcesses processes, ProcessTable table) {
            List<Long> listeners = processes.listeners(folder);
            var started = new FolderProcess(RunnerProcesses.real(folder), table);
            pid = listeners.stream().mapToLong(Long::longValue).findFirst();
            if (pid.isEmpty()) {
                pid = started.started()
                        .map(process -> OptionalLong.of(process.pid()))
                        .orElse(OptionalLong.empty());
            }
            busy = processes.hasWorker(folder) || started.isToldBusy();
            if (listeners.size() > 1) {
                problems.add("several listeners run in " + folder + ", processes " + listeners + ": end all but one");
            }
        }

        void join(List<SelfHostedRunner> registered) {
            status = RunnerFolder.NOT_REGISTERED;
            registered.stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst()
                    .ifPresent(this::join);
        }

        private void join(SelfHostedRunner github) {
            if (id.isPresent() && id.getAsLong() != github.id()) {
                problems.add("GitHub's runner " + name + " has the id " + github.id() + ", this folder's had "
                        + id.getAsLong() + ": another has taken its name");
            }
            id = OptionalLong.of(github.id());
            status = github.status().isBlank() ? RunnerFolder.UNKNOWN : github.status();
            busy |= github.busy();
            labels = github.labels().stream()
                    .filter(label -> label.type().equalsIgnoreCase("custom"))
                    .map(RunnerLabel::name)
                    .toList();
        }
    }
}
