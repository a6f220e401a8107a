package dev.paddock.github;

import org.jspecify.annotations.Nullable;

/** Every call we make: what it is for, which statuses mean success, how it is repeated. */
enum Route {
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
    DELETE_RUNNER("delete the runner", 204),

    INSTALLATION_TOKEN(Rights.NONE, "fetch an installation token of the GitHub App", 201),
    REGISTRATION_TOKEN(Rights.RUNNERS, "fetch a registration token", 201),
    REMOVE_TOKEN(Rights.RUNNERS, "fetch a remove token", 201),
    REST_JIT_CONFIG(Rights.RUNNERS, "register the runner", 201),
    REST_RUNNERS(Rights.RUNNERS, "list the self-hosted runners", 200),
    /** The look by name before a deletion. */
    REST_FIND_TO_DELETE(Rights.RUNNERS, "find the self-hosted runner to delete by its name", 200),
    REST_RUNNER(Rights.RUNNERS, "read the self-hosted runner", 200),
    /** The look that proves a 404 of the two around it. */
    REST_RUNNER_GONE(Rights.RUNNERS, "make sure that the self-hosted runner is gone", 200),
    REST_DELETE_RUNNER(Rights.RUNNERS, "delete the self-hosted runner", 204),
    RUNNER_LABELS(Rights.RUNNERS, "read the runner's labels", 200),
    CHANGE_LABELS(Rights.RUNNERS, "change the runner's labels", 200),
    REMOVE_LABEL(Rights.RUNNERS, "take the label from the runner", 200),
    DOWNLOADS(Rights.RUNNERS, "list the runner's downloads", 200),
    RUNNER_GROUPS(Rights.RUNNERS, "list the runner groups", 200),
    /** Three looks at whether a token may look. */
    PROBE_RUNNERS(Rights.RUNNERS, "see whether the token may list the self-hosted runners", 200),
    PROBE_VARIABLES(Rights.VARIABLES, "see whether the token may list the variables", 200),
    PROBE_RUNS(Rights.ACTIONS, "see whether the token may list workflow runs", 200),
    RATE_LIMIT(Rights.NONE, "read the rate limits", 200),
    RELEASE(Rights.NONE, "read the latest release of the runner", 200),
    REPOSITORY(Rights.ACTIONS, "read the repository", 200),
    DISPATCH(Rights.ACTIONS, "start the workflow", 204),
    RUNS(Rights.ACTIONS, "list workflow runs", 200),
    /** Of one workflow, which may not exist. */
    WORKFLOW_RUNS(Rights.ACTIONS, "list the workflow's runs", 200),
    RUN(Rights.ACTIONS, "read the workflow run", 200),
    JOBS(Rights.ACTIONS, "list the run's jobs", 200),
    JOB(Rights.ACTIONS, "read the job", 200),
    JOB_LOG(Rights.ACTIONS, "find the job's log", 302),
    /** Not of GitHub's API: where it sends us for a log, without our token. */
    LOG_DOWNLOAD("download the job's log", 200),
    CANCEL(Rights.ACTIONS, "cancel the workflow run", 202),
    RERUN(Rights.ACTIONS, "run the workflow again", 201),
    VARIABLES(Rights.VARIABLES, "list the variables", 200),
    VARIABLE(Rights.VARIABLES, "read the variable", 200),
    CREATE_VARIABLE(Rights.VARIABLES, "create the variable", 201),
    CHANGE_VARIABLE(Rights.VARIABLES, "change the variable", 204),
    DELETE_VARIABLE(Rights.VARIABLES, "delete the variable", 204);

    /** What a token must be allowed to do. */
    enum Rights {
        NONE,
        RUNNERS,
        ACTIONS,
        VARIABLES
    }

    private final @Nullable Rights rights;
    private final String purpose;
    private final int success;

    /** A call of the Actions service. */
    Route(String purpose, int success) {
        this(null, purpose, success);
    }

    Route(@Nullable Rights rights, String purpose, int success) {
        this.rights = rights;
        this.purpose = purpose;
        this.success = success;
    }

    /** What the call is for, after "could not". */
    String purpose() {
        return purpose;
    }

    Retries.Policy retries() {
        return switch (this) {
            case INSTALLATION_TOKEN, REGISTRATION_TOKEN, REMOVE_TOKEN -> Retries.TOKEN;
            case RUNNER_REGISTRATION -> Retries.REGISTRATION;
            case CREATE_SCALE_SET, OPEN_SESSION, JIT_CONFIG, REST_JIT_CONFIG, DISPATCH, RERUN -> Retries.MAKING;
            case POLL -> Retries.NONE;
            case ACQUIRE -> Retries.ACQUIRE;
            case CLOSE_SESSION -> Retries.ENDING;
            default -> Retries.IDEMPOTENT;
        };
    }

    boolean isSuccess(int status) {
        return status == success
                || switch (this) {
                    case RUNNER_REGISTRATION -> status >= 200 && status < 300;
                    case POLL -> status == 202;
                    case ACQUIRABLE -> status == 204;
                    // With details of the run, and from servers that give a log themselves.
                    case DISPATCH, JOB_LOG -> status == 200;
                    default -> false;
                };
    }

    /** Whether a thing that is gone is what we wanted. */
    boolean deletes() {
        return switch (this) {
            case DELETE_SCALE_SET, CLOSE_SESSION, DELETE_MESSAGE, DELETE_RUNNER, DELETE_VARIABLE, REMOVE_LABEL -> true;
            default -> false;
        };
    }

    /** Calls of GitHub's REST API, which has rate limits and error bodies of its own. */
    boolean isRest() {
        return rights != null || this == RUNNER_REGISTRATION;
    }

    /** What the token needs for it. The Actions service wants the same as the runners of the REST API. */
    Rights rights() {
        return rights == null ? Rights.RUNNERS : rights;
    }

    /** What ends something, or lets runners connect: the reserve of the rate limit is kept for it. */
    boolean mayUseReserve() {
        return switch (this) {
            case REGISTRATION_TOKEN,
                    REMOVE_TOKEN,
                    REST_FIND_TO_DELETE,
                    REST_DELETE_RUNNER,
                    REST_RUNNER_GONE,
                    RATE_LIMIT -> true;
            default -> false;
        };
    }

    /** Asked again and again, so that answers are kept with their ETag. */
    boolean isPolled() {
        return switch (this) {
            case REST_RUNNERS,
                    REST_FIND_TO_DELETE,
                    REST_RUNNER,
                    REST_RUNNER_GONE,
                    RUNNER_LABELS,
                    RUNNER_GROUPS,
                    RELEASE,
                    REPOSITORY,
                    RUNS,
                    WORKFLOW_RUNS,
                    RUN,
                    JOBS,
                    JOB,
                    VARIABLES,
                    VARIABLE -> true;
            default -> false;
        };
    }

    /** There for everyone who may see the scope or the repository at all: a 404 means that the token may not. */
    boolean isThereIfSeen() {
        return switch (this) {
            case REGISTRATION_TOKEN,
                    REMOVE_TOKEN,
                    REST_RUNNERS,
                    REST_FIND_TO_DELETE,
                    DOWNLOADS,
                    PROBE_RUNNERS,
                    PROBE_VARIABLES,
                    PROBE_RUNS,
                    REPOSITORY,
                    RUNS,
                    VARIABLES -> true;
            default -> false;
        };
    }
}
