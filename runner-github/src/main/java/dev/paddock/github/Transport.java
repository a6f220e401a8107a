package dev.paddock.github;

import dev.paddock.spi.Scheduler;
import java.time.Duration;

/** What every call is made with. */
record Transport(
        HttpCalls http,
        ErrorReplies errors,
        Retries retries,
        Scheduler scheduler,
        UserAgent userAgent,
        Duration callDeadline,
        Duration pollDeadline) {}
