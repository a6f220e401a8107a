package dev.paddock.internal.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.paddock.FleetSnapshot;
import dev.paddock.Health;
import dev.paddock.Runner;
import dev.paddock.RunnerState;
import dev.paddock.event.CreationsFailing;
import dev.paddock.event.JobOverdue;
import dev.paddock.metrics.Availability;
import dev.paddock.scaling.Decision;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** The status of a fleet as JSON. The names are promised: {@code docs/metrics.md}. */
public final class StatusJson {
    private static final JsonFactory JSON = new JsonFactory();

    private StatusJson() {}

    /** The whole of it. */
    public static String of(FleetSnapshot fleet) {
        var text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            var lines = new DefaultIndenter("  ", "\n");
            json.setPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
            fleet(json, fleet);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.append('\n').toString();
    }

    private static void fleet(JsonGenerator json, FleetSnapshot fleet) throws IOException {
        json.writeStartObject();
        json.writeStringField("fleet", fleet.fleet());
        json.writeNumberField("epoch", fleet.epoch());
        json.writeNumberField("version", fleet.version());
        instant(json, "at", fleet.at());
        json.writeStringField("state", fleet.state().toString());
        json.writeNumberField("lateResults", fleet.lateResults());
        json.writeObjectFieldStart("states");
        for (RunnerState state : RunnerState.values()) {
            if (state != RunnerState.REMOVED) {
                json.writeNumberField(state.name().toLowerCase(Locale.ROOT), fleet.count(state));
            }
        }
        json.writeEndObject();
        json.writeArrayFieldStart("pools");
        for (FleetSnapshot.Pool pool : fleet.pools()) {
            pool(json, pool);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("runners");
        for (Runner runner : fleet.runners()) {
            runner(json, runner);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void pool(JsonGenerator json, FleetSnapshot.Pool pool) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", pool.name());
        json.writeBooleanField("paused", pool.settings().paused());
        json.writeNumberField("minIdle", pool.settings().minIdle());
        json.writeNumberField("maxRunners", pool.settings().maxRunners());
        seconds(json, "idleTimeoutSeconds", pool.settings().idleTimeout());
        json.writeStringField("source", pool.source().toString());
        json.writeStringField("sourceDetail", pool.sourceDetail());
        json.writeNumberField("assigned", pool.statistics().assigned());
        json.writeNumberField("running", pool.statistics().running());
        json.writeNumberField("phantom", pool.phantom());
        json.writeNumberField("advertised", pool.advertised());
        json.writeNumberField("starting", pool.starting());
        json.writeNumberField("idle", pool.idle());
        json.writeNumberField("busy", pool.busy());
        json.writeNumberField("leaving", pool.leaving());
        json.writeNumberField("completed", pool.completed());
        tasks(json, pool.tasks());
        alerts(json, pool);
        availability(json, pool.availability());
        json.writeFieldName("decision");
        Optional<Decision> last = pool.lastDecision();
        if (last.isPresent()) {
            decision(json, last.get());
        } else {
            json.writeNull();
        }
        json.writeEndObject();
    }

    private static void tasks(JsonGenerator json, FleetSnapshot.Tasks tasks) throws IOException {
        json.writeNumberField("tasksHeld", tasks.held());
        json.writeNumberField("tasksWaiting", tasks.waiting());
        json.writeStringField(
                "oldestTask", tasks.oldest().map(Instant::toString).orElse(null));
    }

    private static void alerts(JsonGenerator json, FleetSnapshot.Pool pool) throws IOException {
        json.writeNumberField(
                "creationsFailed",
                pool.failing().map(CreationsFailing::failures).orElse(0));
        json.writeStringField("creationsFailing", pool.failing().map(Words::of).orElse(null));
        json.writeArrayFieldStart("overdue");
        for (JobOverdue told : pool.overdue()) {
            json.writeString(told.runner().value());
        }
        json.writeEndArray();
    }

    private static void availability(JsonGenerator json, Availability availability) throws IOException {
        json.writeObjectFieldStart("availability");
        json.writeNumberField("targetPercent", availability.goal().percent());
        json.writeNumberField("percent", availability.percent());
        instant(json, "since", availability.since());
        json.writeNumberField("scheduledSeconds", availability.scheduled().toSeconds());
        json.writeNumberField("outageSeconds", availability.outage().toSeconds());
        json.writeNumberField("budgetSeconds", availability.budget().toSeconds());
        json.writeBooleanField("spent", availability.isSpent());
        json.writeNumberField("missing", availability.missing());
        json.writeEndObject();
    }

    private static void decision(JsonGenerator json, Decision decision) throws IOException {
        json.writeStartObject();
        json.writeNumberField("number", decision.number());
        instant(json, "at", decision.at());
        json.writeNumberField("target", decision.target().runners());
        json.writeStringField("reason", decision.target().reason());
        json.writeStringField("warning", decision.target().warning());
        json.writeNumberField("create", decision.create());
        json.writeNumberField("retire", decision.retire().size());
        json.writeStringField("bound", decision.bound().toString());
        Optional<Duration> wait = decision.expectedWait();
        if (wait.isPresent()) {
            seconds(json, "expectedWaitSeconds", wait.get());
        } else {
            json.writeNullField("expectedWaitSeconds");
        }
        json.writeArrayFieldStart("rejected");
        for (Decision.Rejected rejected : decision.rejected()) {
            json.writeStartObject();
            json.writeStringField("candidate", rejected.candidate());
            json.writeStringField("why", rejected.why());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void runner(JsonGenerator json, Runner runner) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", runner.id().value());
        json.writeStringField("pool", runner.pool());
        json.writeStringField("state", runner.state().toString());
        instant(json, "since", runner.stateSince());
        instant(json, "createdAt", runner.createdAt());
        json.writeStringField("place", runner.place().orElse(null));
        json.writeStringField(
                "health",
                runner.health().map(health -> health.status().toString()).orElse(null));
        json.writeStringField(
                "healthEvidence", runner.health().map(Health::evidence).orElse(null));
        json.writeStringField("job", runner.job().map(Object::toString).orElse(null));
        json.writeStringField("detail", runner.detail());
        json.writeEndObject();
    }

    private static void instant(JsonGenerator json, String name, Instant instant) throws IOException {
        json.writeStringField(name, instant.toString());
    }

    private static void seconds(JsonGenerator json, String name, Duration duration) throws IOException {
        long millis = duration.toMillis();
        if (millis % 1000 == 0) {
            json.writeNumberField(name, millis / 1000);
        } else {
            json.writeNumberField(name, millis / 1000.0);
        }
    }
}
