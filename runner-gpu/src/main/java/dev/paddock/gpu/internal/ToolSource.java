package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A vendor's tool that is asked the same for an inventory and for a sample. */
abstract class ToolSource implements GpuSource {
    private final String name;
    private final CommandRunner commands;
    private final Duration deadline;
    private volatile boolean inventoried;
    private volatile boolean closed;

    ToolSource(String name, CommandRunner commands, Duration deadline) {
        this.name = name;
        this.commands = commands;
        this.deadline = deadline;
    }

    /**
     * What a tool told of one GPU.
     *
     * @param device which
     * @param activity what it does
     * @param driverVersion empty if not told
     */
    record Told(GpuDevice device, GpuSample.Activity activity, String driverVersion) {
        GpuSample sample() {
            return new GpuSample(
                    device.id(),
                    device.state(),
                    device.memory(),
                    activity,
                    GpuSample.Faults.unknown(Reading.notSupported()),
                    List.of(),
                    false);
        }
    }

    /** Where a result goes that tells why there is nothing. */
    interface Problem {
        void is(Result result);
    }

    /** Asks about all GPUs. */
    abstract List<Told> ask(long end, Problem problem);

    /** What the tool's words mean where it tells of no GPU; empty if nothing that is known. */
    Optional<GpuReport> meaning(String said) {
        return Optional.empty();
    }

    private GpuReport failure(Result result) {
        String said = result.error().isBlank() ? result.output() : result.error();
        State state = switch (result.outcome()) {
            case ABSENT -> State.ABSENT;
            case TIMED_OUT -> State.TIMED_OUT;
            default -> State.FAILED;
        };
        String message = result.message().isEmpty() ? "no GPU in its output: " + firstLine(said) : result.message();
        return meaning(said).orElseGet(() -> GpuReport.none(name, state, message, ""));
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final GpuReport inventory() {
        if (closed) {
            return GpuReport.none(name, State.CLOSED, "the source is closed", "");
        }
        List<Result> why = new ArrayList<>();
        List<Told> told = ask(System.nanoTime() + deadline.toNanos(), why::add);
        if (told.isEmpty()) {
            return failure(why.isEmpty() ? Result.none(Outcome.FAILED, name + " told of no GPU") : why.get(0));
        }
        inventoried = true;
        return new GpuReport(
                name,
                State.FOUND,
                told.size() + (told.size() == 1 ? " GPU" : " GPUs"),
                "",
                told.get(0).driverVersion(),
                "",
                told.stream().map(Told::device).toList());
    }

    @Override
    public final List<GpuSample> sample() {
        if (closed || !inventoried) {
            return List.of();
        }
        return ask(System.nanoTime() + deadline.toNanos(), result -> {}).stream()
                .map(Told::sample)
                .toList();
    }

    @Override
    public final void close() {
        closed = true;
    }

    final Result run(long end, String... command) {
        long left = end - System.nanoTime();
        return left <= 0
                ? Result.none(Outcome.TIMED_OUT, command[0] + " was not asked: the time was used up")
                : commands.run(List.of(command), Duration.ofNanos(left));
    }

    static String firstLine(String text) {
        String line = text.lines()
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("nothing");
        return line.substring(0, Math.min(200, line.length())).replaceAll("\\p{Cntrl}", "?");
    }
}
