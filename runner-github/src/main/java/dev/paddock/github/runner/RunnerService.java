package dev.paddock.github.runner;

import dev.paddock.github.rest.RunnerToken;
import dev.paddock.spi.Scheduler;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A runner, or a program that runs a fleet, as a service of this host: started at boot, and looked after by the host's
 * service manager. Made by {@link SystemdService}, {@link LaunchdService} or {@link WindowsService}. Holds no state but
 * its settings; thread-safe. Each stage fails with a {@link ServiceException}, and by a deadline at the latest.
 */
public sealed interface RunnerService permits SystemdService, LaunchdService, WindowsService {
    /** What {@link #install} has done. */
    enum Change {
        /** There was none, and now there is. */
        INSTALLED,
        /** There was another definition, which has been replaced. */
        REPLACED,
        /** It was there as it should be. */
        UNCHANGED
    }

    /**
     * The service of a runner that is configured, for a platform, with the settings that are usual there.
     *
     * @param platform whose service manager is meant
     * @param folder the runner's folder, which {@code config.sh} has configured
     * @param account whom it runs as: a user; on Windows one of {@link WindowsService#ACCOUNTS}
     * @param scheduler time, and the threads that files are written on; the caller closes it
     * @return the service; it need not be installed
     * @throws ServiceException if the folder is not that of a configured runner
     */
    static RunnerService forPlatform(RunnerPlatform platform, Path folder, String account, Scheduler scheduler) {
        return switch (platform.os()) {
            case "linux" ->
                SystemdService.forRunner(folder, account).scheduler(scheduler).build();
            case "osx" ->
                LaunchdService.builder(folder, account).scheduler(scheduler).build();
            default ->
                WindowsService.builder(folder, account).scheduler(scheduler).build();
        };
    }

    /** {@return what the service manager calls it} */
    String name();

    /** {@return what is given to the service manager: a unit file, a property list, or commands} */
    String definition();

    /**
     * Installs it, so that it starts at the next boot; it does not start it now. Once interrupted it can be called again.
     *
     * @return what was done
     */
    CompletionStage<Change> install();

    /**
     * Starts it, unless it runs.
     *
     * @return how it is then
     */
    CompletionStage<ServiceStatus> start();

    /**
     * Stops it and waits for its processes to be gone. A job that runs is cancelled.
     *
     * @return how it is then
     */
    CompletionStage<ServiceStatus> stop();

    /**
     * Stops it, if it runs, and starts it. A job that runs is cancelled.
     *
     * @return how it is then
     */
    CompletionStage<ServiceStatus> restart();

    /**
     * Asks the service manager how it is.
     *
     * @return the answer; if there is none the stage fails, and nothing is known
     */
    CompletionStage<ServiceStatus> status();

    /**
     * The end of its log. Jobs write there too, so a line may hold anything.
     *
     * @param lines at most so many, from 1 to 10 000
     * @return the oldest first
     */
    CompletionStage<List<String>> logs(int lines);

    /**
     * Stops it and takes it from the service manager. The runner's folder and its registration stay.
     *
     * @return false if there was none
     */
    CompletionStage<Boolean> uninstall();

    /**
     * Uninstalls the service and then has the runner's own script remove its registration, in this order: the script
     * refuses to while there is a service. If the first fails the second is not tried.
     *
     * @param token GitHub's token to remove runners; it is given to the script's environment alone
     * @return completed when GitHub has forgotten the runner
     */
    CompletionStage<Void> remove(RunnerToken token);
}
