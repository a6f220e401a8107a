package dev.paddock.examples;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.FleetEvent;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/** The scaler as a program: reads its settings, runs a {@link ScalerFleet}, prints what it tells, and heeds signals. */
final class GcpScalerCommand implements Callable<Integer> {
    /** systemd is told to allow 90 s. */
    private static final Duration CLOSING = Duration.ofSeconds(75);

    private final Map<ScalerSetting, String> flags = new EnumMap<>(ScalerSetting.class);
    private final PrintStream out = System.out;
    private final AtomicReference<@Nullable ScalerFleet> running = new AtomicReference<>();
    private boolean drains;

    GcpScalerCommand() {}

    /** {@return the command, with an option for each {@link ScalerSetting}} */
    static CommandSpec spec() {
        var command = new GcpScalerCommand();
        CommandSpec spec =
                CommandSpec.wrapWithoutInspection(command).name("gcp-scaler").mixinStandardHelpOptions(true);
        spec.usageMessage()
                .description(
                        "Makes VMs of Compute Engine for the jobs of scale sets, and deletes them. SIGUSR1 drains: no more"
                                + " jobs are taken, and when the last VM has finished the exit code is 0; SIGUSR2 takes"
                                + " jobs again. SIGTERM and Ctrl-C leave busy VMs alone.")
                .footer("docs/gcp-scaler.md says what each setting means, and what a file of pools looks like.");
        for (ScalerSetting setting : ScalerSetting.values()) {
            spec.addOption(OptionSpec.builder(setting.flag())
                    .type(String.class)
                    .paramLabel(setting.label())
                    .description(setting.meaning() + described(setting))
                    .setter(command.setter(setting))
                    .build());
        }
        return spec;
    }

    private static String described(ScalerSetting setting) {
        return setting.variable().map(name -> " Or $" + name + ".").orElse("")
                + (setting.usual().isEmpty() ? "" : " Default: " + setting.usual() + ".");
    }

    private ISetter setter(ScalerSetting setting) {
        return new ISetter() {
            @Override
            @SuppressWarnings("TypeParameterUnusedInFormals") // as picocli has it
            public <T> @Nullable T set(T value) {
                if (value == null) {
                    flags.remove(setting);
                } else {
                    flags.put(setting, value.toString());
                }
                return null;
            }
        };
    }

    @Override
    public Integer call() {
        ScalerSettings settings = ScalerSettings.of(flags, System.getenv());
        warnOfSecrets();
        heed();
        try (ScalerFleet fleet = ScalerFleet.start(
                settings, builder -> builder.closeOnShutdown(CLOSING).onEvent(this::tell))) {
            started(fleet);
            Optional<ScalerHttp> http = settings.httpPort().map(port -> ScalerHttp.start(port, fleet));
            http.ifPresent(server -> say("health, metrics and status are at " + server.url()));
            settings.pools()
                    .forEach(pool -> say(pool.vmPrefix() + ": VMs of " + pool.template() + " in "
                            + String.join(", ", pool.zones()) + " for scale set " + pool.name() + " of " + pool.url()));
            DrainOutcome end = fleet.finished().toCompletableFuture().join();
            if (end == DrainOutcome.EMPTY) {
                say("drained: all VMs have finished");
            }
            http.ifPresent(ScalerHttp::close);
        }
        return 0;
    }

    private void warnOfSecrets() {
        flags.forEach((setting, text) -> {
            if (setting.of() == ScalerSetting.Of.SECRET && !isFile(text)) {
                System.err.println("all users of this host can read what " + setting.flag() + " gives: better set "
                        + setting.variable().orElseThrow());
            }
        });
    }

    private static boolean isFile(String text) {
        try {
            return Files.isRegularFile(Path.of(text));
        } catch (InvalidPathException aText) {
            return false;
        }
    }

    /** Before anything is started: what nobody heeds ends the process. */
    private void heed() {
        boolean heeded = ProcessSignal.on("USR1", () -> heed(true)) && ProcessSignal.on("USR2", () -> heed(false));
        if (!heeded) {
            say("this system has no SIGUSR1: it cannot be drained, only stopped");
        }
    }

    /**
     * Drains, or takes jobs again. What comes before the fleet is there holds for it when it is.
     *
     * @param drain what is wanted now, whatever was before
     */
    synchronized void heed(boolean drain) {
        drains = drain;
        ScalerFleet fleet = running.get();
        if (fleet == null) {
            say("the fleet is not started yet, and will " + (drain ? "drain" : "take jobs"));
        } else {
            obey(fleet);
        }
    }

    /** The fleet is there. */
    synchronized void started(ScalerFleet fleet) {
        running.set(fleet);
        if (drains) {
            obey(fleet);
        }
    }

    private void obey(ScalerFleet fleet) {
        if (drains) {
            fleet.drain();
            say("draining: no more jobs are taken; ends when all VMs have finished");
        } else {
            fleet.resume();
            say("resumed: jobs are taken again");
        }
    }

    private void tell(FleetEvent event) {
        EventText.of(event).ifPresent(this::say);
        ScalerFleet fleet = running.get();
        if (fleet != null
                && event instanceof CoordinatorStateChanged change
                && change.to() == CoordinatorState.STOPPED) {
            say("busy VMs that go on, to be taken up by the next start: "
                    + fleet.coordinator().snapshot().count(RunnerState.BUSY));
        }
    }

    private synchronized void say(String line) {
        out.println(line);
    }
}
