package dev.paddock.github.runner;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a {@link LocalRunnerProvider} was built with. */
record LocalSettings(
        Path root,
        List<String> command,
        int slots,
        Set<String> inherited,
        Map<String, String> environment,
        Duration grace,
        Duration startup,
        Duration relaunchPause) {}
