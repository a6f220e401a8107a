package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a runner comes to be: the intent, the folder, and then its program, or the script by which it registers itself
 * first. If one of them does not come to be, nothing is left.
 *
 * @param intent what was written of it
 * @param script what it registers itself with; null if its program was started
 * @param program its program; null if it registers itself first
 * @param mask what takes its secret out of what it says
 * @param relaunch whether its program is started again
 */
record Creation(
        RunnerRecord intent,
        @Nullable ConfigScript script,
        @Nullable Process program,
        SecretMask mask,
        Relaunch relaunch) {
    private static final Logger LOG = LoggerFactory.getLogger(Creation.class);

    static Creation begin(LocalRunner runner, ProvisionRequest request, Place place) {
        Host host = runner.host();
        RunnerId id = runner.id();
        Registration registration = request.registration();
        Optional<List<String>> config = registration
                .self()
                .flatMap(self -> host.program().configScript(host.files().folder(id)));
        String secret = config.isPresent() ? registration.token() : registration.secret();
        boolean persistent = registration.isPersistent();
        var intent = new RunnerRecord(
                host.fleet(), request.pool(), host.context().epoch(), id, place, Optional.empty(), persistent);
        try {
            host.files().write(intent);
            host.files().makeFolder(id, host.program());
            return config.isPresent()
                    ? new Creation(
                            intent,
                            ConfigScript.start(runner, registration, config.get()),
                            null,
                            SecretMask.of(secret),
                            Relaunch.registered(runner, persistent))
                    : new Creation(
                            intent,
                            null,
                            host.launcher().start(id, place, Optional.of(secret)),
                            SecretMask.of(secret),
                            Relaunch.of(runner, secret));
        } catch (IOException | ProvisioningException failure) {
            undo(runner);
            throw known(runner, failure);
        } catch (RuntimeException failure) {
            undo(runner);
            throw failure;
        }
    }

    static void undo(LocalRunner runner) {
        Host host = runner.host();
        try {
            host.files().delete(runner.id());
        } catch (IOException failure) {
            LOG.warn("{}: what was begun of {} cannot be deleted: {}", host.fleet(), runner.id(), failure.toString());
        }
    }

    static RuntimeException known(LocalRunner runner, Exception failure) {
        return failure instanceof RuntimeException known
                ? known
                : new ProvisioningException(runner.id(), "cannot be started: " + failure.getMessage(), true, failure);
    }

    ProcessHandle process() {
        return script != null
                ? script.process()
                : java.util.Objects.requireNonNull(program).toHandle();
    }
}
