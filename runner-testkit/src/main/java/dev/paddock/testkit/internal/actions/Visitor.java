package dev.paddock.testkit.internal.actions;

/**
 * Whoever sent a REST request, as far as its rate limit goes.
 *
 * @param key tells budgets apart
 * @param login who acts
 * @param resource which budget
 * @param limit requests in a window
 */
record Visitor(String key, String login, String resource, int limit) {
    static final String CORE = "core";
    static final String REGISTRATION = "actions_runner_registration";
    /** Of GitHub: requests an hour without a credential, and registrations of runners. */
    static final int ANONYMOUS_LIMIT = 60;

    static final int REGISTRATION_LIMIT = 10_000;

    static final Visitor ANONYMOUS = new Visitor("anonymous", "", CORE, ANONYMOUS_LIMIT);

    static Visitor registering() {
        return new Visitor("registering", "", REGISTRATION, REGISTRATION_LIMIT);
    }
}
