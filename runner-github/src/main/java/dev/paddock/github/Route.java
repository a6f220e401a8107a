package dev.paddock.github;

/** Every call we make: what it is for, which statuses mean success, how it is repeated. */
enum Route {
    REGISTRATION_TOKEN("fetch a registration token", Retries.TOKEN, 201),
    RUNNER_REGISTRATION("connect to the Actions service", Retries.REGISTRATION, 200, 201, 202),
    RUNNER_GROUP("find the runner group", Retries.IDEMPOTENT, 200),
    SCALE_SETS("find the scale set by name", Retries.IDEMPOTENT, 200),
    SCALE_SET("read the scale set", Retries.IDEMPOTENT, 200),
    CREATE_SCALE_SET("create the scale set", Retries.MAKING, 200),
    UPDATE_SCALE_SET("change the scale set", Retries.IDEMPOTENT, 200),
    DELETE_SCALE_SET("delete the scale set", Retries.IDEMPOTENT, 204),
    OPEN_SESSION("open a session on the scale set", Retries.MAKING, 200),
    REFRESH_SESSION("renew the session", Retries.IDEMPOTENT, 200),
    CLOSE_SESSION("close the session", Retries.IDEMPOTENT, 204),
    POLL("poll the queue", Retries.NONE, 200, 202),
    DELETE_MESSAGE("delete the message", Retries.IDEMPOTENT, 204),
    ACQUIRE("acquire jobs", Retries.ACQUIRE, 200),
    ACQUIRABLE("list acquirable jobs", Retries.IDEMPOTENT, 200, 204),
    JIT_CONFIG("register the runner", Retries.MAKING, 200),
    RUNNER("read the runner", Retries.IDEMPOTENT, 200),
    RUNNERS("list runners", Retries.IDEMPOTENT, 200),
    DELETE_RUNNER("delete the runner", Retries.IDEMPOTENT, 204);

    private final String purpose;
    private final Retries.Policy retries;
    private final int[] success;

    Route(String purpose, Retries.Policy retries, int... success) {
        this.purpose = purpose;
        this.retries = retries;
        this.success = success;
    }

    /** What the call is for, after "could not". */
    String purpose() {
        return purpose;
    }

    Retries.Policy retries() {
        return retries;
    }

    boolean isSuccess(int status) {
        for (int expected : success) {
            if (status == expected) {
                return true;
            }
        }
        return false;
    }

    /** Whether a thing that is gone is what we wanted. */
    boolean deletes() {
        return switch (this) {
            case DELETE_SCALE_SET, CLOSE_SESSION, DELETE_MESSAGE, DELETE_RUNNER -> true;
            default -> false;
        };
    }

    /** Calls of GitHub's REST API, which has rate limits and error bodies of its own. */
    boolean isRest() {
        return this == REGISTRATION_TOKEN || this == RUNNER_REGISTRATION;
    }
}
