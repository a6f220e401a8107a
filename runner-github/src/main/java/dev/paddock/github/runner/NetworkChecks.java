package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.runner.HttpProbe.Answer;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.Scheduler;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows about the way to GitHub. */
record NetworkChecks(
        GitHubClient github,
        HttpProbe probe,
        Scheduler scheduler,
        @Nullable RunnerInstaller installer) {
    /** How long one host, or the look for it, may take: three of them come after each other within a row's deadline. */
    private static final Duration ONE = Duration.ofSeconds(3);

    /** As the requirement has it: five requests, of which the first one makes the connection and does not count. */
    private static final int REQUESTS = 5;

    private static final Duration FAST = Duration.ofMillis(100);
    private static final Duration SLOW = Duration.ofMillis(500);
    /** The runner's listener makes no session with a service whose clock is further off. */
    private static final Duration LONGEST_SKEW = Duration.ofMinutes(5);

    private static final Duration SKEW = Duration.ofSeconds(30);

    /** What a host is asked, or why it is not known which one. */
    private record Place(@Nullable URI url, String problem) {}

    Row reachable() {
        return Row.mandatory("NET-GITHUB", (row, executor) -> reach(row));
    }

    Row latency() {
        return Row.recommended("NET-LATENCY", (row, executor) -> measure(row));
    }

    Row clock() {
        return Row.mandatory(
                "GH-CLOCK", (row, executor) -> probe.ask(api(), ONE).thenApply(seen -> skew(row, seen)));
    }

    // ---- hosts -----------------------------------------------------------------------------------------------

    /** Counts against no limit, and answers without credentials. */
    private URI api() {
        return URI.create(github.scope().apiUrl() + "/rate_limit");
    }

    private static URI on(URI host, String path) {
        return URI.create(host.getScheme() + "://" + host.getRawAuthority() + path);
    }

    /** First the hosts that the scope names: the others one learns from them. */
    private CompletionStage<HostCheckResult> reach(Row row) {
        Map<String, URI> named = new LinkedHashMap<>();
        add(named, api());
        add(named, on(github.scope().configUrl(), "/robots.txt"));
        return ask(named.values())
                .thenCompose(answers -> answers.stream().allMatch(Answer::isReached)
                        ? reachOthers(row, named, answers)
                        : CompletableFuture.completedStage(told(row, answers, List.of())));
    }

    private CompletionStage<HostCheckResult> reachOthers(Row row, Map<String, URI> named, List<Answer> answers) {
        CompletionStage<Place> service =
                place(github.actionsService(), "/_apis/health", "the host of the Actions service");
        CompletionStage<Place> packages = installer == null
                ? CompletableFuture.completedStage(new Place(null, ""))
                : place(
                        installer.catalog().find().thenApply(PackageCatalog.Entry::address),
                        "/robots.txt",
                        "the host of the runner's package");
        return service.thenCombine(packages, List::of).thenCompose(places -> {
            Map<String, URI> others = new LinkedHashMap<>();
            places.stream().map(Place::url).filter(Objects::nonNull).forEach(url -> add(others, url));
            others.keySet().removeAll(named.keySet());
            List<String> problems = places.stream()
                    .map(Place::problem)
                    .filter(problem -> !problem.isEmpty())
                    .toList();
            return ask(others.values()).thenApply(more -> told(row, both(answers, more), problems));
        });
    }

    private static void add(Map<String, URI> hosts, URI url) {
        hosts.putIfAbsent(String.valueOf(url.getRawAuthority()), url);
    }

    private CompletionStage<Place> place(CompletionStage<URI> asked, String path, String what) {
        return InTime.of(asked, ONE, scheduler)
                .handle((url, failure) -> failure == null
                        ? new Place(on(url, path), "")
                        : new Place(null, what + " is not known: " + InTime.message(failure)));
    }

    private CompletionStage<List<Answer>> ask(Collection<URI> urls) {
        CompletionStage<List<Answer>> all = CompletableFuture.completedStage(List.of());
        for (URI url : urls) {
            all = all.thenCombine(probe.ask(url, ONE), (some, one) -> both(some, List.of(one)));
        }
        return all;
    }

    private static <T> List<T> both(List<T> some, List<T> more) {
        var all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }

    private static HostCheckResult told(Row row, List<Answer> answers, List<String> problems) {
        String required = "the hosts of GitHub answer";
        List<Answer> lost = answers.stream().filter(one -> !one.isReached()).toList();
        if (!lost.isEmpty()) {
            return row.fail(
                    lost.stream().map(Answer::text).collect(Collectors.joining("; ")),
                    required,
                    lost.stream().map(Answer::remedy).distinct().collect(Collectors.joining(" ")));
        }
        String reached = answers.stream().map(Answer::text).collect(Collectors.joining(", "));
        return problems.isEmpty()
                ? row.pass(reached, required)
                : row.untold(
                        reached + "; " + String.join("; ", problems),
                        required,
                        "See GH-AUTH: the other hosts are told to credentials that may register runners.");
    }

    // ---- time ------------------------------------------------------------------------------------------------

    private CompletionStage<HostCheckResult> measure(Row row) {
        CompletionStage<List<Answer>> all = CompletableFuture.completedStage(List.of());
        for (int i = 0; i < REQUESTS; i++) {
            all = all.thenCompose(
                    some -> probe.ask(api(), SLOW.multipliedBy(3)).thenApply(one -> both(some, List.of(one))));
        }
        return all.thenApply(answers -> median(row, answers));
    }

    /** One that is lost may be an accident, of three nobody believes it. */
    private static HostCheckResult median(Row row, List<Answer> answers) {
        String required = "median < " + FAST.toMillis() + " ms, at most " + SLOW.toMillis() + " ms";
        List<Long> took = answers.stream()
                .skip(1)
                .filter(Answer::isReached)
                .map(Answer::took)
                .sorted()
                .toList();
        if (took.size() < REQUESTS / 2) {
            Answer lost =
                    answers.stream().filter(one -> !one.isReached()).findFirst().orElse(answers.get(0));
            return row.fail("unreachable: " + lost.text(), required, lost.remedy());
        }
        int half = took.size() / 2;
        long nanos = took.size() % 2 == 1 ? took.get(half) : (took.get(half - 1) + took.get(half)) / 2;
        String host = answers.get(0).url().getRawAuthority();
        String observed = "median " + Duration.ofNanos(nanos).toMillis() + " ms to " + host;
        if (nanos < FAST.toNanos()) {
            return row.pass(observed, required);
        }
        String remedy = "Pick a region that is closer to it, or check the proxy.";
        return nanos < SLOW.toNanos() ? row.warn(observed, required, remedy) : row.fail(observed, required, remedy);
    }

    /** The header tells whole seconds, so the half of one is added. */
    private HostCheckResult skew(Row row, Answer seen) {
        String required = "within " + SKEW.toSeconds() + " s of GitHub's, at most " + LONGEST_SKEW.toMinutes() + " min";
        if (!seen.isReached()) {
            return row.untold(seen.text(), required, "See NET-GITHUB.");
        }
        Instant theirs;
        try {
            theirs = ZonedDateTime.parse(seen.date().trim(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .plusMillis(500);
        } catch (DateTimeException unreadable) {
            return row.untold(
                    seen.url().getRawAuthority() + " does not say what time it is",
                    required,
                    "See that this host's clock is set by NTP.");
        }
        Duration ahead = Duration.between(theirs, scheduler.instant().minusNanos(seen.took() / 2));
        Duration off = ahead.abs();
        String observed = off.toSeconds() + " s "
                + (off.toSeconds() == 0 ? "off" : ahead.isNegative() ? "behind GitHub's" : "ahead of GitHub's");
        String remedy = "Set the clock, and let NTP keep it (timedatectl set-ntp true): runners get no session beyond "
                + LONGEST_SKEW.toMinutes() + " minutes, and the signature of a GitHub App is refused sooner.";
        if (off.compareTo(SKEW) < 0) {
            return row.pass(observed, required);
        }
        return off.compareTo(LONGEST_SKEW) < 0
                ? row.warn(observed, required, remedy)
                : row.fail(observed, required, remedy);
    }
}
