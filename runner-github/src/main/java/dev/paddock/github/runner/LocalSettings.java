package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.capacity.HostSlots;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What a {@link LocalRunnerProvider} was built with. */
record LocalSettings(
        Path root,
        Function<Scheduler, LocalProgram> program,
        int slots,
        Optional<HostSlots> plan,
        Set<String> inherited,
        Map<String, String> environment,
        Duration grace,
        Duration startup,
        ListenerLaunch launch,
        ByteSize logLimit,
        Optional<DiagnosticsSink> diagnostics,
        JobHooks hooks,
        LocalDeadlines deadlines,
        List<HostCheck> preflight,
        Duration preflightEvery,
        HostOptions host,
        Duration configTimeout) {
    /** The slots of one session. */
    Slots openSlots() {
        return plan.<Slots>map(PlannedSlots::new).orElseGet(() -> new NumberedSlots(slots));
    }
}
