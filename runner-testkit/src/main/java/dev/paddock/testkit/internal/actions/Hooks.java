package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.Webhook;
import java.util.ArrayList;
import java.util.List;

/** The webhooks there are, and what they are told. */
final class Hooks implements JobEngine.Watch {
    private final SimClock clock;
    private final Scheduler scheduler;
    private final RestSettings settings;
    private final RunForms forms;
    private final List<Hook> hooks = new ArrayList<>();

    Hooks(SimClock clock, Scheduler scheduler, RestSettings settings, RunForms forms) {
        this.clock = clock;
        this.scheduler = scheduler;
        this.settings = settings;
        this.forms = forms;
    }

    Webhook add(HookTarget target, String secret) {
        var hook = new Hook(clock, scheduler, hooks.size() + 1L, secret, target);
        hooks.add(hook);
        hook.tell("ping", "", ping(hook));
        return hook;
    }

    private ObjectNode ping(Hook hook) {
        var json = Json.object();
        json.put("zen", "Keep it logically awesome.");
        json.put("hook_id", hook.id());
        var about = json.putObject("hook");
        about.put("type", "App");
        about.put("id", hook.id());
        about.put("name", "web");
        about.put("active", true);
        about.putArray("events").add("workflow_job");
        about.putObject("config")
                .put("content_type", "json")
                .put("insecure_ssl", "0")
                .put("secret", "********")
                .put("url", hook.place());
        about.put("created_at", Json.seconds(clock.now()));
        about.put("updated_at", Json.seconds(clock.now()));
        about.put("app_id", 1);
        return json;
    }

    @Override
    public void changed(JobEntry job) {
        if (hooks.isEmpty()) {
            return;
        }
        String repository = job.run.workflow().repository();
        var json = Json.object();
        json.put("action", job.status());
        json.set("workflow_job", forms.job(job));
        json.set("repository", forms.repository(repository));
        json.set("organization", forms.organization(repository.substring(0, repository.indexOf('/'))));
        json.set("sender", forms.user(job.run.trigger.actor()));
        settings.apps().stream()
                .findFirst()
                .ifPresent(app -> json.putObject("installation").put("id", app.installation()));
        hooks.forEach(hook -> hook.tell("workflow_job", job.status(), json));
    }

    void close() {
        hooks.forEach(Hook::close);
    }
}
