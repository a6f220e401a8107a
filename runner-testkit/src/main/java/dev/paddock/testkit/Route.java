package dev.paddock.testkit;

/** A route of the {@link ActionsServiceSimulator}: where a {@link Fault} can strike. */
public enum Route {
    /** POST of a registration token, for runners or for the admin connection. */
    REGISTRATION_TOKEN,
    /** POST of a remove token. */
    REMOVE_TOKEN,
    /** POST that turns a registration token into the service's URL and the admin token. */
    RUNNER_REGISTRATION,
    /** GET of runner groups by name. */
    RUNNER_GROUPS,
    /** GET of scale sets, by name or all. */
    LIST_SCALE_SETS,
    /** GET of one scale set by id. */
    GET_SCALE_SET,
    /** POST of a scale set. */
    CREATE_SCALE_SET,
    /** PATCH of a scale set. */
    UPDATE_SCALE_SET,
    /** DELETE of a scale set. */
    DELETE_SCALE_SET,
    /** POST of a session. */
    OPEN_SESSION,
    /** PATCH of a session: a new queue token. */
    REFRESH_SESSION,
    /** DELETE of a session. */
    CLOSE_SESSION,
    /** GET of the next message: the long poll. */
    POLL,
    /** DELETE of a message: the acknowledgement. */
    DELETE_MESSAGE,
    /** POST of job request ids to acquire. */
    ACQUIRE_JOBS,
    /** GET of the jobs that can be acquired. */
    ACQUIRABLE_JOBS,
    /** POST of a runner's JIT configuration. */
    GENERATE_JIT_CONFIG,
    /** GET of one runner by id. */
    GET_RUNNER,
    /** GET of runners, by name or all. */
    LIST_RUNNERS,
    /** DELETE of a runner. */
    DELETE_RUNNER,
    /** A runner connects. */
    RUNNER_CONNECT,
    /** A runner waits for its job. */
    RUNNER_JOB,
    /** A runner renews its job's lease. */
    RUNNER_RENEW,
    /** A runner reports the end of its job. */
    RUNNER_FINISH,
    /** A path the service does not have. */
    UNKNOWN
}
