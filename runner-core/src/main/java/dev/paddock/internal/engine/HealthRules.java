package dev.paddock.internal.engine;

import dev.paddock.Health;
import dev.paddock.Health.Status;

/** What a look at a runner makes of what is known of its health. A pure function. */
public final class HealthRules {
    /** Failed looks in a row, those without an answer not counted, until it has FAILED. */
    static final int FAILED_AFTER = 3;
    /** Good looks in a row until it is well again. */
    static final int WELL_AFTER = 2;
    /** Looks without an answer in a row until it is UNKNOWN. */
    static final int UNKNOWN_AFTER = 2;

    private HealthRules() {}

    /**
     * What is known.
     *
     * @param health what is told of it
     * @param failed failed looks since the last time it was well
     * @param well good looks in a row
     * @param unanswered looks in a row that brought no answer
     */
    public record Known(Health health, int failed, int well, int unanswered) {
        /** Of a runner that nobody has looked at. */
        public static Known nothing() {
            return new Known(Health.healthy(), 0, 0, 0);
        }
    }

    /** The next, after a look. */
    public static Known next(Known before, Health look) {
        return switch (look.status()) {
            case HEALTHY -> well(before, look);
            case DEGRADED -> new Known(look, 0, 0, 0);
            case FAILED -> failed(before, look);
            case UNKNOWN -> unanswered(before, look);
        };
    }

    private static Known well(Known before, Health look) {
        int well = before.well + 1;
        boolean isWell = before.health.status() == Status.HEALTHY || well >= WELL_AFTER;
        if (isWell) {
            return new Known(look, well >= WELL_AFTER ? 0 : before.failed, well, 0);
        }
        return new Known(before.health, before.failed, well, 0);
    }

    private static Known failed(Known before, Health look) {
        int failed = before.failed + 1;
        Health health = failed >= FAILED_AFTER ? look : Health.degraded(look.evidence());
        return new Known(health, failed, 0, 0);
    }

    /** No answer says nothing of the runner: what has failed stays so, and nothing is well for it. */
    private static Known unanswered(Known before, Health look) {
        int unanswered = before.unanswered + 1;
        boolean unknown = unanswered >= UNKNOWN_AFTER && before.health.status() != Status.FAILED;
        return new Known(unknown ? look : before.health, before.failed, 0, unanswered);
    }
}
