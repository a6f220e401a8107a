package dev.paddock.github;

import dev.paddock.spi.Scheduler;
import java.net.http.HttpClient;
import java.time.Duration;

/** What every call is made with. */
record Transport(
        GitHubScope scope,
        HttpCalls http,
        ErrorReplies errors,
        Retries retries,
        Scheduler scheduler,
        UserAgent userAgent,
        Duration callDeadline,
        Duration pollDeadline) {
    static Transport of(
            GitHubScope scope,
            GitHubCredentials credentials,
            HttpClient httpClient,
            Scheduler scheduler,
            String subsystem,
            Duration callDeadline,
            Duration pollDeadline) {
        return new Transport(
                scope,
                new HttpCalls(httpClient, scheduler, new Failures(scope)),
                new ErrorReplies(new Hints(scope, credentials), scheduler),
                new Retries(scheduler),
                scheduler,
                new UserAgent(subsystem),
                callDeadline,
                pollDeadline);
    }
}
