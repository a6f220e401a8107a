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
    /** A runner registers itself with a token. */
    RUNNER_REGISTER,
    /** A runner takes its registration away with a token. */
    RUNNER_REMOVE,
    /** A runner connects. */
    RUNNER_CONNECT,
    /** A runner waits for its job. */
    RUNNER_JOB,
    /** A runner renews its job's lease. */
    RUNNER_RENEW,
    /** A runner reports the end of its job. */
    RUNNER_FINISH,
    /** POST that turns an App's JWT into an installation's token. */
    INSTALLATION_TOKEN,
    /** POST of a classic runner's JIT configuration to GitHub's REST side. */
    REST_GENERATE_JIT_CONFIG,
    /** GET of a page of runners from GitHub's REST side. */
    REST_LIST_RUNNERS,
    /** GET of one runner from GitHub's REST side. */
    REST_GET_RUNNER,
    /** DELETE of a runner at GitHub's REST side. */
    REST_DELETE_RUNNER,
    /** GET of the runner programs to download. */
    RUNNER_DOWNLOADS,
    /** GET of a package of the runner program: leads to its file. */
    RUNNER_PACKAGE,
    /** GET of a package's file itself. */
    PACKAGE_FILE,
    /** GET of a runner's labels. */
    LIST_RUNNER_LABELS,
    /** POST of more labels for a runner. */
    ADD_RUNNER_LABELS,
    /** PUT of all custom labels of a runner. */
    SET_RUNNER_LABELS,
    /** DELETE of all custom labels of a runner. */
    REMOVE_RUNNER_LABELS,
    /** DELETE of one label of a runner. */
    REMOVE_RUNNER_LABEL,
    /** GET of a page of runner groups from GitHub's REST side. */
    REST_RUNNER_GROUPS,
    /** GET of a repository itself, which has its default branch. */
    GET_REPOSITORY,
    /** POST that dispatches a workflow. */
    DISPATCH_WORKFLOW,
    /** GET of a page of a repository's runs. */
    LIST_RUNS,
    /** GET of a page of one workflow's runs. */
    LIST_WORKFLOW_RUNS,
    /** GET of one run. */
    GET_RUN,
    /** GET of a page of a run's jobs. */
    LIST_JOBS,
    /** GET of one job. */
    GET_JOB,
    /** GET of where a job's log is. */
    JOB_LOGS,
    /** GET of a job's log itself. */
    LOG_FILE,
    /** POST that cancels a run. */
    CANCEL_RUN,
    /** POST that cancels a run at once. */
    FORCE_CANCEL_RUN,
    /** POST that runs a run again. */
    RERUN,
    /** POST that runs a run's jobs that did not succeed again. */
    RERUN_FAILED_JOBS,
    /** GET of a page of variables. */
    LIST_VARIABLES,
    /** GET of one variable. */
    GET_VARIABLE,
    /** POST of a new variable. */
    CREATE_VARIABLE,
    /** PATCH of a variable. */
    UPDATE_VARIABLE,
    /** DELETE of a variable. */
    DELETE_VARIABLE,
    /** GET of the newest release of the runner program. */
    LATEST_RELEASE,
    /** GET of the rate limits. */
    RATE_LIMIT,
    /** GET of a small file of the web site, {@code robots.txt}, by which one sees that it is there. */
    SITE,
    /** GET by which one sees that the Actions service is there. */
    HEALTH,
    /** A path the service does not have. */
    UNKNOWN
}
