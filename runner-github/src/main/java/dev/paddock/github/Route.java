package dev.paddock.github;

/** Every call we make: what it is for, which statuses mean success, how it is repeated. */
enum Route {
    INSTALLATION_TOKEN("fetch an installation token of the GitHub App", 201),
    REGISTRATION_TOKEN("fetch a registration token", 201),
    RUNNER_REGISTRATION("connect to the Actions service", 200),
    RUNNER_GROUP("find the runner group", 200),
    SCALE_SETS("find the scale set by name", 200),
    SCALE_SET("read the scale set", 200),
    CREATE_SCALE_SET("create the scale set", 200),
    UPDATE_SCALE_SET("change the scale set", 200),
    DELETE_SCALE_SET("delete the scale set", 204),
    OPEN_SESSION("open a session on the scale set", 200),
    REFRESH_SESSION("renew the session", 200),
    CLOSE_SESSION("close the session", 204),
    POLL("poll the queue", 200),
    DELETE_MESSAGE("delete the message", 204),
    ACQUIRE("acquire jobs", 200),
    ACQUIRABLE("list acquirable jobs", 200),
    JIT_CONFIG("register the runner", 200),
    RUNNER("read the runner", 200),
    RUNNERS("list runners", 200),
    DELETE_RUNNER("delete the runner", 204);

    private final String purpose;
    private final int success;

    Route(String purpose, int success) {
        this.purpose = purpose;
        this.success = success;
    }

    /** What the call is for, after "could not". */
    String purpose() {
        return purpose;
    }

    Retries.Policy retries() {
        return switch (this) {
            case INSTALLATION_TOKEN, REGISTRATION_TOKEN -> Retries.TOKEN;
            case RUNNER_REGISTRATION -> Retries.REGISTRATION;
            case CREATE_SCALE_SET, OPEN_SESSION, JIT_CONFIG -> Retries.MAKING;
            case POLL -> Retries.NONE;
            case ACQUIRE -> Retries.ACQUIRE;
            case RUNNER_GROUP, SCALE_SETS, SCALE_SET, UPDATE_SCALE_SET, DELETE_SCALE_SET, REFRESH_SESSION ->
                Retries.IDEMPOTENT;
            case CLOSE_SESSION -> Retries.ENDING;
            case DELETE_MESSAGE, ACQUIRABLE, RUNNER, RUNNERS, DELETE_RUNNER -> Retries.IDEMPOTENT;
        };
    }

    boolean isSuccess(int status) {
        return status == success
                || switch (this) {
                    case RUNNER_REGISTRATION -> status >= 200 && status < 300;
                    case POLL -> status == 202;
                    case ACQUIRABLE -> status == 204;
                    default -> false;
                };
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
        return this == INSTALLATION_TOKEN || this == REGISTRATION_TOKEN || this == RUNNER_REGISTRATION;
    }
}
