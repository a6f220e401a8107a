package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Step;
import dev.paddock.testkit.internal.actions.StepResults.StepResult;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/** The logs of jobs that are over: REST tells where a log is, at a URL that is good for a minute. */
final class LogDesk {
    private static final Duration LIFETIME = Duration.ofMinutes(1);

    private final TokenDesk tokens;
    private final JobEngine jobs;
    private final Urls urls;

    LogDesk(TokenDesk tokens, JobEngine jobs, Urls urls) {
        this.tokens = tokens;
        this.jobs = jobs;
        this.urls = urls;
    }

    WireReply locate(Call call) {
        JobEntry job = RunDesk.job(jobs, call);
        if (!job.isDone() || job.startedAt == null) {
            throw Refusal.of(Answers.notFound());
        }
        String signature =
                tokens.opaque(Kind.LOG, Long.toString(job.number), LIFETIME).text();
        String place = urls.base() + "/files/job-logs/" + job.number + "?sig=" + signature;
        return Answers.empty(302).with("Location", place);
    }

    WireReply read(Call call) {
        String signature = call.query("sig");
        if (signature == null) {
            throw Refusal.violation(403, "the URL of a log must be used as it was given");
        }
        long number = call.match().number(0);
        if (!tokens.check(signature, Kind.LOG).subject().equals(Long.toString(number))) {
            throw Refusal.violation(403, "the URL of a log must be used as it was given");
        }
        return jobs.numbered(number)
                .map(job -> Answers.text(200, text(job)))
                .orElseThrow(() -> Refusal.of(Answers.empty(404)));
    }

    private static String text(JobEntry job) {
        Instant begun = Objects.requireNonNull(job.startedAt);
        Instant over = Objects.requireNonNull(job.finishedAt);
        var text = new StringBuilder();
        line(text, begun, "Job " + job.spec.name() + ", attempt " + job.attempt + ", on runner " + job.runner);
        for (StepResult result : StepResults.of(job)) {
            Step step = job.spec.steps().get(result.number() - 1);
            line(text, begun, "##[group]" + step.name());
            line(text, begun, step.command());
            line(text, over, "##[endgroup]");
            line(text, over, step.name() + ": " + result.conclusion());
        }
        line(text, over, "Job " + job.spec.name() + ": " + job.conclusion());
        return text.toString();
    }

    private static void line(StringBuilder text, Instant at, String words) {
        text.append(Json.time(at)).append(' ').append(words).append('\n');
    }
}
