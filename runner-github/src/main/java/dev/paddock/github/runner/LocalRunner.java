package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerDiagnostics;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One runner of this host: its record, its process and its log. All of it is confined to its lane. */
final class LocalRunner {
    private static final Logger LOG = LoggerFactory.getLogger(LocalRunner.class);

    private enum Stage {
        UNKNOWN,
        RUNNING,
        ENDED,
        REMOVED
    }

    private final RunnerId id;
    private final Host host;
    private final Consumer<LocalRunner> forget;
    private final Lane lane;

    private Stage stage = Stage.UNKNOWN;
    private @Nullable RunnerRecord record;
    /** The program, if this session started it: it alone tells the exit code. */
    private @Nullable Process child;

    private @Nullable ProcessHandle process;
    private ProgramOutput output;
    private Relaunch relaunch;
    private final RunnerEnd end;
    private @Nullable TreeRemoval removal;
    /** It registers itself. */
    private @Nullable ConfigScript script;

    LocalRunner(RunnerId id, Host host, Consumer<LocalRunner> forget) {
        this.id = id;
        this.host = host;
        this.forget = forget;
        lane = new Lane(host.scheduler().effects());
        end = new RunnerEnd(id, host);
        output = output(SecretMask.unknown());
        relaunch = Relaunch.never(this);
    }

    private ProgramOutput output(SecretMask mask) {
        return new ProgramOutput(id, host, mask, kind -> relaunch.saw(kind), this::listenerEnded);
    }

    RunnerId id() {
        return id;
    }

    Host host() {
        return host;
    }

    Lane lane() {
        return lane;
    }

    String pool() {
        return known().pool();
    }

    // ---- up ------------------------------------------------------------------------------------------------

    CompletableFuture<RunnerHandle> provision(ProvisionRequest request) {
        return lane.begin(() -> {
            try {
                load();
                if (stage == Stage.UNKNOWN) {
                    start(request);
                } else if (stage == Stage.REMOVED) {
                    throw new ProvisioningException(id, "it was removed", true, null);
                }
            } catch (RuntimeException failure) {
                if (process == null || stage == Stage.REMOVED) {
                    host.slots().release(id);
                    stage = Stage.REMOVED;
                    forget.accept(this);
                }
                throw failure;
            }
            return script != null ? script.result() : CompletableFuture.completedFuture(handle(known()));
        });
    }

    private void start(ProvisionRequest request) {
        if (host.files().hasFolder(id)) {
            throw new ProvisioningException(
                    id, "the folder " + host.files().folder(id) + " is not a runner's; move it away", false, null);
        }
        host.launcher().check(id);
        RunnerProfile profile = request.profile();
        Place place = host.slots().lease(id, profile).orElseThrow(() -> noSlot(id, host.slots(), profile));
        launch(request, place);
        if (script == null) {
            begun();
        }
    }

    /** Its program runs for the first time. Of a creation that fails now nothing is started again. */
    private void begun() {
        watch();
        try {
            recordProcess();
        } catch (RunnerException failure) {
            relaunch = Relaunch.never(this);
            throw failure;
        }
    }

    static ProvisioningException noSlot(RunnerId id, Slots slots, RunnerProfile profile) {
        return new ProvisioningException(id, slots.whyNone(profile), true, null);
    }

    private void launch(ProvisionRequest request, Place place) {
        Creation made = Creation.begin(this, request, place);
        record = made.intent();
        child = made.program();
        process = made.process();
        script = made.script();
        output = output(made.mask());
        relaunch = made.relaunch();
        stage = Stage.RUNNING;
    }

    private void launch(Optional<String> registration) throws IOException {
        Process started = host.launcher().start(id, known().place(), registration);
        child = started;
        process = started.toHandle();
    }

    /** Its config script has ended: it is started, or nothing is left but what its source may know. */
    RunnerHandle registered(Optional<ProvisioningException> why) {
        script = null;
        process = null;
        if (stage != Stage.RUNNING || removal != null) {
            throw new ProvisioningException(id, "it was removed while it registered itself", true, null);
        }
        try {
            if (why.isPresent()) {
                throw why.get();
            }
            if (host.closed().get()) {
                throw new ProvisioningException(id, "its provider was closed while it registered itself", true, null);
            }
            output = output(output.mask().and(SecretMask.ofFolder(host.files().folder(id))));
            host.launcher().completeEnvironment(id);
            launch(Optional.empty());
            begun();
            return handle(known());
        } catch (IOException | RuntimeException failure) {
            if (process == null) {
                stage = Stage.REMOVED;
                Creation.undo(this);
                host.slots().release(id);
                forget.accept(this);
            }
            throw Creation.known(this, failure);
        }
    }

    private void recordProcess() {
        var running = process;
        if (running == null) {
            return;
        }
        record = known().with(host.processes().birth(running));
        try {
            host.files().write(record);
        } catch (IOException failure) {
            running.destroyForcibly();
            throw Host.retryable(
                    id + ": was started, but " + host.files().record(id) + " cannot be written, so it is ended again: "
                            + failure,
                    failure);
        }
    }

    // ---- found again ---------------------------------------------------------------------------------------

    /** Takes up a runner of an earlier session, if there is one on disk. */
    private void load() {
        if (stage != Stage.UNKNOWN) {
            return;
        }
        Optional<RunnerRecord> read;
        try {
            read = host.files().read(id);
        } catch (IOException failure) {
            throw Host.retryable(host.files().record(id) + " cannot be read: " + failure.getMessage(), failure);
        }
        if (read.isEmpty()) {
            return;
        }
        RunnerRecord found = read.get();
        if (!found.fleet().equals(host.fleet())) {
            forget.accept(this);
            throw new RunnerException(id + " is a runner of fleet " + found.fleet(), false, null);
        }
        record = found;
        host.slots().restore(id, found.place());
        output = output(SecretMask.ofFolder(host.files().folder(id)));
        process = survivor(found);
        stage = Stage.RUNNING;
        if (found.persistent()) {
            relaunch = Relaunch.registered(this, true);
        }
        if (process != null && found.process().isEmpty()) {
            recordAgain(found.with(host.processes().birth(process)));
        }
        catchUp();
        if (process == null) {
            ended();
        } else {
            watch();
        }
    }

    private void recordAgain(RunnerRecord found) {
        record = found;
        try {
            host.files().write(found);
        } catch (IOException failure) {
            LOG.warn("{}: {} cannot be written: {}", host.fleet(), host.files().record(id), failure.toString());
        }
    }

    private @Nullable ProcessHandle survivor(RunnerRecord found) {
        if (found.process().isPresent()) {
            return host.processes().find(found.process().get()).orElse(null);
        }
        // The crash came between the start and its record: the mark it was started with tells.
        List<ProcessHandle> marked = host.processes().marked(host.launcher().marks(id));
        return marked.isEmpty() ? null : marked.get(0);
    }

    /** Of what was said before we listened again only the last word counts. */
    private void catchUp() {
        List<RunnerObservation> said = new ArrayList<>();
        output.readToEnd(said::add);
        if (!said.isEmpty()) {
            host.context().observe(said.get(said.size() - 1));
        }
    }

    CompletableFuture<Optional<Listing.Machine>> inspect() {
        return lane.run(() -> {
            load();
            return stage == Stage.UNKNOWN || stage == Stage.REMOVED
                    ? Optional.<Listing.Machine>empty()
                    : Optional.of(new Listing.Machine(handle(known()), isAlive(), known().epoch()));
        });
    }

    private RunnerRecord known() {
        RunnerRecord present = record;
        if (present == null) {
            throw new IllegalStateException(id + " has no record in stage " + stage);
        }
        return present;
    }

    private RunnerHandle handle(RunnerRecord record) {
        return record.handle(host.files().folder(id));
    }

    // ---- watched -------------------------------------------------------------------------------------------

    private void watch() {
        CompletionStage<?> exit;
        if (child != null) {
            exit = child.onExit();
        } else if (process != null) {
            exit = process.onExit();
        } else {
            return;
        }
        exit.whenCompleteAsync(
                (ignored, failure) -> lane.run(this::exited), host.scheduler().effects());
        host.rounds().add(this, output, child == null ? Optional.ofNullable(process) : Optional.empty());
    }

    /** There is something to read, or to find out. */
    void look() {
        if (stage != Stage.RUNNING || host.closed().get()) {
            return;
        }
        // Read after asking: what a process writes before its end is then read before the end is told.
        boolean running = child != null || isRunning();
        if (running) {
            output.read(host.context()::observe);
        } else {
            ended();
        }
    }

    /** A program of ours that has ended may be started again: it is alive until its end is told. */
    private boolean isAlive() {
        return stage == Stage.RUNNING && (script != null || child != null || isRunning());
    }

    boolean isRunning() {
        if (child != null) {
            return child.isAlive();
        }
        return process != null && host.processes().runs(process);
    }

    /** The program itself is no more, or is to be started again. */
    private void exited() {
        Process program = child;
        if (stage == Stage.RUNNING && !host.closed().get() && removal == null && program != null) {
            stopLooking();
            output.readToEnd(host.context()::observe);
            if (host.settings().launch() == ListenerLaunch.DIRECT && relaunch.goesOn(program.exitValue())) {
                // Nothing runs for now; who cleans up goes by the age of the record.
                recordAgain(known());
                return;
            }
        }
        ended();
    }

    /**
     * As the first time: who it is without a process first, so that one whose record is not written is found. Says
     * whether it runs.
     */
    boolean launchAgain(Optional<String> registration) {
        if (stage != Stage.RUNNING || host.closed().get()) {
            return false;
        }
        try {
            record = known().withoutProcess();
            host.files().write(known());
            launch(registration);
            output.startsAgain();
            watch();
            recordProcess();
            return true;
        } catch (IOException | RuntimeException failure) {
            LOG.warn("{}: {} cannot be started again: {}", host.fleet(), id, failure.toString());
            if (process == null || !host.processes().runs(process)) {
                ended();
            }
            return false;
        }
    }

    /** The program itself is no more; what it started may be. Says everything there is to say of it, once. */
    void ended() {
        if (stage != Stage.RUNNING || host.closed().get()) {
            return;
        }
        stage = Stage.ENDED;
        stopLooking();
        output.readToEnd(host.context()::observe);
        OptionalInt code = exitCode();
        code.ifPresent(relaunch::endedWith);
        relaunch.over();
        boolean byItself = removal == null || relaunch.cause() == ExitCause.JOB_DONE;
        end.tell(byItself ? relaunch.cause() : ExitCause.REMOVED, pool(), code, relaunch.times(), output);
    }

    private OptionalInt exitCode() {
        if (child == null || child.isAlive()) {
            return OptionalInt.empty();
        }
        return output.toldCode().isPresent() ? output.toldCode() : OptionalInt.of(child.exitValue());
    }

    /** What a sink is told of the runner, whose processes have all ended. */
    RunnerDiagnostics diagnostics() {
        return end.diagnostics(pool(), exitCode(), output);
    }

    /** The script goes on by itself after some ends of the listener, and for ever. */
    private void listenerEnded(int code) {
        boolean goesOn = code == 2 || code == 3 || code == 4;
        ProcessHandle script = process;
        if (goesOn && script != null && relaunch.wasStartedOnceTooOften(code)) {
            LOG.warn("{}: the listener of {} has ended with {} once too often; it is ended", host.fleet(), id, code);
            script.destroy();
        }
    }

    private void stopLooking() {
        host.rounds().remove(this);
    }

    // ---- down ----------------------------------------------------------------------------------------------

    CompletableFuture<Removal> remove() {
        return lane.run(this::removal).thenCompose(TreeRemoval::result);
    }

    private TreeRemoval removal() {
        load();
        TreeRemoval underWay = removal;
        if (underWay == null) {
            relaunch.stop();
            if (script != null) {
                script.end("was ended, for the runner is removed"); // it has nothing to give up
            }
            underWay = new TreeRemoval(this, process);
            if (stage == Stage.REMOVED) {
                underWay.nothingToDo(); // its name may be another's by now
            } else {
                removal = underWay;
                underWay.begin();
            }
        }
        return underWay;
    }

    /** It did not end within the grace. */
    void endsByForce() {
        end.byForce();
    }

    /** Nothing runs any more: what there is of it is kept first, if anybody does. Never fails. */
    CompletionStage<?> keepDiagnostics() {
        ended();
        stopLooking();
        return record != null && host.files().hasFolder(id)
                ? host.diagnostics().keep(diagnostics())
                : CompletableFuture.completedFuture(true);
    }

    /** Takes the rest away. */
    Removal takeAway() {
        boolean existed = host.files().exists(id);
        try {
            host.files().delete(id);
        } catch (IOException failure) {
            throw Host.retryable(
                    id + ": its processes have ended, but it cannot be deleted: " + failure
                            + "; delete it by hand if it stays",
                    failure);
        }
        stage = Stage.REMOVED;
        host.slots().release(id);
        forget.accept(this);
        return existed ? Removal.REMOVED : Removal.ALREADY_GONE;
    }

    /** The removal failed; the next call begins another. */
    void removalOver() {
        removal = null;
    }

    /** Stops looking; the process runs on. */
    void letGo() {
        lane.run(() -> {
            stopLooking();
            relaunch.stop();
            if (script != null) {
                script.end("was ended, for its provider was closed");
            }
        });
    }
}
