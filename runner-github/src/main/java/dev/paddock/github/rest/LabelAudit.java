package dev.paddock.github.rest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Labels that are wanted, compared with those that runners have. Labels are the same in any case, as GitHub and the
 * runner compare them.
 *
 * @param runners each registered runner of which something is said, in the order registered
 * @param unsatisfied what is wanted and no connected runner has
 * @param runnersSeen how many runners were looked at
 */
public record LabelAudit(List<Finding> runners, List<Unsatisfied> unsatisfied, int runnersSeen) {
    private static final Set<String> ARCHITECTURES = Set.of("x64", "arm64", "arm");
    private static final Set<String> SYSTEMS = Set.of("linux", "windows", "macos");

    /**
     * What is not right about one runner.
     *
     * @param runner as GitHub has it
     * @param isWanted whether anything is wanted of a runner of this name; where not, nothing else is said
     * @param missing labels it should have, which {@code RunnerLabels.change} can add
     * @param superfluous custom labels that nothing wants of it, which can be taken away
     * @param misplaced system and architecture labels that this runner cannot honestly have, each with what it has
     *     instead, as in {@code arm64 (is x64)}: change what is wanted, or put it on another machine
     */
    public record Finding(
            SelfHostedRunner runner,
            boolean isWanted,
            List<String> missing,
            List<String> superfluous,
            List<String> misplaced) {
        /** Copies the lists. */
        public Finding {
            Objects.requireNonNull(runner, "runner");
            missing = List.copyOf(missing);
            superfluous = List.copyOf(superfluous);
            misplaced = List.copyOf(misplaced);
        }
    }

    /**
     * Labels that a job would ask for in vain.
     *
     * @param wanted the labels
     * @param offline runners that have them all and are not connected
     */
    public record Unsatisfied(WantedLabels wanted, List<String> offline) {
        /** Copies the list. */
        public Unsatisfied {
            Objects.requireNonNull(wanted, "wanted");
            offline = List.copyOf(offline);
        }
    }

    /** Copies the lists. */
    public LabelAudit {
        runners = List.copyOf(runners);
        unsatisfied = List.copyOf(unsatisfied);
    }

    /**
     * Compares. Pure.
     *
     * @param registered the runners, all of the scope
     * @param wanted what they should have; a runner that several fit should have the labels of all of them
     * @return what differs
     */
    public static LabelAudit of(Collection<SelfHostedRunner> registered, List<WantedLabels> wanted) {
        List<Finding> found = registered.stream()
                .map(runner -> finding(runner, wanted))
                .filter(one -> !one.isWanted
                        || !one.missing.isEmpty()
                        || !one.superfluous.isEmpty()
                        || !one.misplaced.isEmpty())
                .toList();
        List<Unsatisfied> vain = wanted.stream()
                .filter(one -> registered.stream().noneMatch(runner -> runner.isOnline() && satisfies(runner, one)))
                .map(one -> new Unsatisfied(
                        one,
                        registered.stream()
                                .filter(runner -> satisfies(runner, one))
                                .map(SelfHostedRunner::name)
                                .toList()))
                .toList();
        return new LabelAudit(found, vain, registered.size());
    }

    private static boolean satisfies(SelfHostedRunner runner, WantedLabels wanted) {
        return runner.hasLabels(wanted.labels());
    }

    private static Finding finding(SelfHostedRunner runner, List<WantedLabels> wanted) {
        Set<String> should = wanted.stream()
                .filter(one -> one.isFor(runner.name()))
                .flatMap(one -> one.labels().stream())
                .map(LabelAudit::lower)
                .collect(Collectors.toCollection(TreeSet::new));
        if (should.isEmpty()) {
            return new Finding(runner, false, List.of(), List.of(), List.of());
        }
        Set<String> has = runner.labelNames().stream().map(LabelAudit::lower).collect(Collectors.toSet());
        List<String> misplaced = new ArrayList<>();
        misplaced(ARCHITECTURES, should, facts(runner, ARCHITECTURES), misplaced);
        misplaced(SYSTEMS, should, facts(runner, SYSTEMS), misplaced);
        Set<String> impossible = misplaced.stream()
                .map(one -> one.substring(0, one.indexOf(' ')))
                .collect(Collectors.toSet());
        return new Finding(
                runner,
                true,
                should.stream()
                        .filter(label -> !has.contains(label) && !impossible.contains(label))
                        .toList(),
                runner.labels().stream()
                        .filter(label -> !label.isReadOnly() && !should.contains(lower(label.name())))
                        .map(RunnerLabel::name)
                        .toList(),
                misplaced);
    }

    /** What GitHub itself says of a runner; a custom label proves nothing. */
    private static Set<String> facts(SelfHostedRunner runner, Set<String> kind) {
        Set<String> facts = runner.labels().stream()
                .filter(RunnerLabel::isReadOnly)
                .map(label -> lower(label.name()))
                .filter(kind::contains)
                .collect(Collectors.toCollection(TreeSet::new));
        if (kind.contains(lower(runner.os()))) {
            facts.add(lower(runner.os()));
        }
        return facts;
    }

    private static void misplaced(Set<String> kind, Set<String> should, Set<String> facts, List<String> misplaced) {
        if (facts.isEmpty()) {
            return; // nothing is known, so nothing is wrong
        }
        should.stream()
                .filter(label -> kind.contains(label) && !facts.contains(label))
                .forEach(label -> misplaced.add(label + " (is " + String.join(", ", facts) + ")"));
    }

    private static String lower(String label) {
        return label.toLowerCase(Locale.ROOT);
    }

    /**
     * Whether all is as wanted.
     *
     * @return whether nothing differs and each set of labels has a connected runner
     */
    public boolean isClean() {
        return runners.isEmpty() && unsatisfied.isEmpty();
    }

    /**
     * The audit as a person reads it.
     *
     * @return a line for each thing that differs, with a line break after each; one line if nothing does
     */
    public String text() {
        var text = new StringBuilder();
        for (Finding one : runners) {
            text.append(one.runner.name()).append(": ");
            List<String> parts = new ArrayList<>();
            if (!one.isWanted) {
                parts.add("nothing is wanted of a runner of this name");
            }
            add(parts, "lacks ", one.missing);
            add(parts, "has besides ", one.superfluous);
            add(parts, "cannot be ", one.misplaced);
            text.append(String.join("; ", parts)).append('\n');
        }
        for (Unsatisfied one : unsatisfied) {
            text.append("no connected runner has ").append(one.wanted.labels());
            if (!one.offline.isEmpty()) {
                text.append("; offline is ").append(String.join(", ", one.offline));
            }
            text.append('\n');
        }
        return isClean() ? runnersSeen + " runners have the labels wanted\n" : text.toString();
    }

    private static void add(List<String> parts, String what, List<String> labels) {
        if (!labels.isEmpty()) {
            parts.add(what + String.join(", ", labels));
        }
    }
}
