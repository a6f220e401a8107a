package dev.paddock.github.runner;

import dev.paddock.error.RefusedException;
import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubException;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.runner.InstalledRunners.Outcome;
import dev.paddock.github.runner.InstalledRunners.Result;
import dev.paddock.github.runner.InstalledRunners.Way;
import dev.paddock.github.runner.RunnerReconfiguration.Wanted;
import dev.paddock.spi.SelfRegistration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A runner that is being registered anew, step by step. */
final class Reconfiguring {
    private static final Logger LOG = LoggerFactory.getLogger(Reconfiguring.class);
    private static final Duration GRACE = Duration.ofSeconds(30);

    private final Wanted wanted;
    private final Path folder;
    private final GitHubClient github;
    private final ServiceCommands commands;

    /**
     * What is to be done.
     *
     * @param before the folder as it was when this was begun, perhaps by an earlier call
     * @param owner whose the folder is
     * @param name what the runner is to be called
     * @param labels what it is to have
     * @param own its registration, if GitHub has it
     * @param replaces whether the name is another's, which is offline
     */
    private record Plan(
            RunnerNote before,
            String owner,
            String name,
            List<String> labels,
            Optional<SelfHostedRunner> own,
            boolean replaces) {}

    Reconfiguring(Wanted wanted) {
        this.wanted = wanted;
        this.folder = wanted.folder();
        this.github = wanted.github();
        this.commands = new ServiceCommands(wanted.scheduler());
    }

    CompletionStage<RunnerReconfiguration.Outcome> run() {
        return commands.onEffects(this::look)
                .thenCompose(this::plan)
                .thenCompose(this::begin)
                .thenCompose(plan -> clear(plan)
                        .thenCompose(cleared -> register(plan))
                        .thenCompose(registered -> install(plan))
                        .thenCompose(ran -> finish(plan, ran)))
                .minimalCompletionStage();
    }

    // ---- looking -------------------------------------------------------------------------------------------

    private RunnerNote look() throws IOException {
        if (!Files.isRegularFile(script())) {
            throw new RefusedException(
                    folder + " has no " + script().getFileName() + ": install a runner there, with runner install");
        }
        String owner = Files.getOwner(folder).getName();
        Optional<String> problem = ServiceFiles.whyNot(folder, owner);
        String self = System.getProperty("user.name");
        if (problem.isEmpty() && !self.equals(owner) && !self.equals("root")) {
            problem = Optional.of(folder + " belongs to " + owner + ": do it as that user, or as root");
        }
        if (problem.isPresent()) {
            throw new RefusedException(problem.get());
        }
        if (new FolderProcess(RunnerProcesses.real(folder), new ProcessTable()).isBusy()) {
            throw busy();
        }
        RunnerNote note = RunnerNote.of(folder);
        if (note.hadService() && wanted.service().isEmpty()) {
            throw new RefusedException("the runner of " + folder + " is kept by a service: say how that is made, by"
                    + " service(...), or uninstall it first");
        }
        return note;
    }

    private RefusedException busy() {
        return new RefusedException(
                "the runner of " + folder + " runs a job: wait for its end, and do it again; nothing was changed");
    }

    private Path script() {
        return folder.resolve(Files.exists(folder.resolve("config.cmd")) ? "config.cmd" : "config.sh");
    }

    private CompletionStage<Plan> plan(RunnerNote note) {
        String name = wanted.name()
                .or(note::name)
                .orElseThrow(() -> new RefusedException(
                        folder + " has never been configured, so the runner has no name yet: give one by name(...)"));
        CompletionStage<Optional<SelfHostedRunner>> own = note.id().isPresent()
                ? github.runner(note.id().getAsLong())
                : CompletableFuture.completedStage(Optional.empty());
        return own.thenCombine(
                github.runners(name),
                (registered, named) -> plan(
                        note,
                        name,
                        // a job may write any id into the folder
                        registered.filter(one -> note.name().equals(Optional.of(one.name()))),
                        named));
    }

    private Plan plan(RunnerNote note, String name, Optional<SelfHostedRunner> own, List<SelfHostedRunner> named) {
        if (own.filter(SelfHostedRunner::busy).isPresent()) {
            throw busy();
        }
        Optional<SelfHostedRunner> holder = named.stream()
                .filter(one -> one.name().equalsIgnoreCase(name))
                .filter(one -> own.isEmpty() || own.get().id() != one.id())
                .findFirst();
        if (holder.isPresent() && (!holder.get().isOffline() || holder.get().busy())) {
            throw new RefusedException("the runner name " + name + " is taken by registration "
                    + holder.get().id() + ", which " + (holder.get().busy() ? "runs a job" : "is not offline")
                    + " and so is not replaced: use another name, or end that runner first; nothing was changed");
        }
        List<String> labels = !wanted.labels().isEmpty()
                ? wanted.labels()
                : own.map(SelfHostedRunner::labelNames).orElse(List.of());
        if (labels.isEmpty()) {
            throw new RefusedException("which labels shall " + name + " have? GitHub does not list it, so give them by"
                    + " labels(...); nothing was changed");
        }
        return new Plan(note, owner(), name, labels, own, holder.isPresent());
    }

    private String owner() {
        try {
            return Files.getOwner(folder).getName();
        } catch (IOException gone) {
            throw new RefusedException(folder + " cannot be read: " + gone);
        }
    }

    // ---- taking away ---------------------------------------------------------------------------------------

    /** From here on things change. */
    private CompletionStage<Plan> begin(Plan plan) {
        LOG.info("{}: {} is registered anew, with labels {}", folder, plan.name(), plan.labels());
        CompletableFuture<RunnerNote> noted = plan.before().hadService()
                ? service()
                        .status()
                        .toCompletableFuture()
                        .thenApply(status -> plan.before().withRunning(status.isRunning()))
                : CompletableFuture.completedFuture(plan.before());
        return noted.thenCompose(note -> commands.onEffects(() -> {
                    note.write(folder);
                    return note;
                }))
                .thenCompose(note -> deregister(plan)
                        .thenApply(gone ->
                                new Plan(note, plan.owner(), plan.name(), plan.labels(), plan.own(), plan.replaces())));
    }

    private RunnerService service() {
        return wanted.service().orElseThrow().get();
    }

    private CompletionStage<Void> deregister(Plan plan) {
        if (plan.own().isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        return github.deleteRunner(plan.own().get().id()).exceptionallyCompose(failure -> {
            Throwable cause = ServiceCommands.unwrapped(failure);
            boolean isBusy =
                    cause instanceof GitHubException refused && refused.reason() == GitHubException.Reason.RUNNER_BUSY;
            return commands.onEffects(() -> {
                        if (isBusy && !plan.before().again()) {
                            RunnerNote.forget(folder);
                        }
                        return true;
                    })
                    .thenCompose(forgotten -> CompletableFuture.failedFuture(isBusy ? busy() : cause));
        });
    }

    private CompletionStage<Boolean> clear(Plan plan) {
        CompletionStage<?> ended = plan.before().hadService() ? uninstall() : end(plan);
        return ended.thenCompose(gone -> commands.onEffects(() -> Files.exists(folder.resolve(ConfigScript.SETTINGS))))
                .thenCompose(configured -> configured
                        ? github.removeToken().thenCompose(token -> remove(plan, token))
                        : CompletableFuture.completedStage(true));
    }

    /** Its name may be in the file alone that the runner deletes when it sees that it is registered no more. */
    private CompletionStage<Boolean> uninstall() {
        boolean named =
                Files.exists(folder.resolve(ServiceName.FILE)) || Files.exists(folder.resolve(ConfigScript.SETTINGS));
        return named ? service().uninstall() : CompletableFuture.completedStage(false);
    }

    private CompletionStage<Boolean> end(Plan plan) {
        var runner = new InstalledRunner(
                RunnerFolder.of(plan.before().name().orElse(plan.name()), folder), wanted.scheduler(), GRACE);
        return runner.stop(Way.NOW, Duration.ZERO, Optional.empty()).thenApply(outcome -> {
            if (outcome.result() != Result.STOPPED && outcome.result() != Result.NOT_RUNNING) {
                throw broken("its listener could not be ended: " + told(outcome), plan);
            }
            return true;
        });
    }

    private static String told(Outcome outcome) {
        return outcome.detail();
    }

    private CompletionStage<Boolean> remove(Plan plan, RunnerToken token) {
        return run(plan, List.of("remove"), token).thenApply(end -> {
            if (!end.problem().isEmpty()) {
                throw broken(script().getFileName() + " remove " + end.problem() + end.said(), plan);
            }
            return true;
        });
    }

    private RunnerException broken(String what, Plan plan) {
        return new RunnerException(
                "the runner of " + folder + " is between two registrations: " + what
                        + "; mend that, and do it again with" + " name " + plan.name() + " and labels "
                        + String.join(",", plan.labels()),
                true,
                null);
    }

    // ---- anew ----------------------------------------------------------------------------------------------

    private CompletionStage<Boolean> register(Plan plan) {
        return github.registrationToken().thenCompose(token -> {
            var self = new SelfRegistration(
                    github.scope().configUrl().toString(),
                    plan.labels(),
                    wanted.group(),
                    plan.before().workFolder(),
                    false,
                    plan.replaces(),
                    plan.before().disableUpdate(),
                    wanted.scheduler().instant(),
                    token.expiresAt());
            return run(plan, ConfigScript.arguments(plan.name(), self), token).thenApply(end -> {
                ConfigScript.whyNot(end, folder).ifPresent(why -> {
                    throw broken(script().getFileName() + " " + why, plan);
                });
                return true;
            });
        });
    }

    private CompletionStage<ScriptRun.End> run(Plan plan, List<String> arguments, RunnerToken token) {
        var lane = new Lane(wanted.scheduler().effects());
        return lane.begin(() -> {
            List<String> command = new ArrayList<>(ServiceAccount.as(plan.owner(), script(), arguments.get(0)));
            command.addAll(arguments.subList(1, arguments.size()));
            try {
                return new ScriptRun(
                                Launcher.configure(folder, command, token.token()),
                                SecretMask.of(token.token()),
                                wanted.scheduler(),
                                lane,
                                wanted.timeout(),
                                line -> LOG.debug("{}: {}", folder, line))
                        .result();
            } catch (IOException unusable) {
                throw broken(script() + " cannot be started: " + unusable, plan);
            }
        });
    }

    /** Says whether it was started. */
    private CompletionStage<Boolean> install(Plan plan) {
        if (!plan.before().hadService()) {
            return CompletableFuture.completedStage(false);
        }
        return CompletableFuture.completedFuture(true)
                .thenCompose(now -> service().install())
                .thenCompose(change -> plan.before().ran()
                        ? service().start().thenApply(status -> true)
                        : CompletableFuture.completedStage(false))
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(new RunnerException(
                        plan.name() + " is registered, but its service is not there again: "
                                + ServiceCommands.unwrapped(failure).getMessage()
                                + "; mend that, and install the service or do all of it again",
                        true,
                        failure)));
    }

    private CompletionStage<RunnerReconfiguration.Outcome> finish(Plan plan, boolean ran) {
        return commands.onEffects(() -> {
            RunnerNote.forget(folder);
            return new RunnerReconfiguration.Outcome(
                    plan.name(), plan.labels(), plan.replaces(), plan.before().hadService(), ran);
        });
    }
}
