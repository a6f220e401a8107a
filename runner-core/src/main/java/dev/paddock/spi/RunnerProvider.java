package dev.paddock.spi;

import dev.paddock.Health;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where runners run. An inert description until {@link #open} is called; what {@code open} returns is owned and
 * closed by the coordinator. Several pools may share a provider: it is opened once.
 *
 * <p>The testkit's {@code RunnerProviderContract} is the executable form of this contract.
 */
public interface RunnerProvider {
    /**
     * Prepares to make machines. Must not block for long.
     *
     * @param context the fleet, its time and where to report
     * @return the open provider
     * @throws dev.paddock.error.RunnerException if it cannot work at all
     */
    Session open(ProviderContext context);

    /**
     * The labels by which its runners say on which system they are, as the official runner gives them to itself: an
     * operating system ({@code Linux}, {@code Windows}, {@code macOS}), an architecture ({@code X64}, {@code ARM64},
     * {@code ARM}), or both.
     *
     * @return the labels; none, the default, if it does not know which runners it starts
     */
    default List<String> systemLabels() {
        return List.of();
    }

    /** An open provider. All methods are thread-safe and return at once. */
    interface Session {
        /**
         * The provider's bounds, read once after opening.
         *
         * @return the limits
         */
        ProviderLimits limits();

        /**
         * How many more runners could be made now, as far as is known.
         *
         * @param pool the asking pool
         * @return the room; {@link Room#unlimited()} if unknown
         */
        Room room(String pool);

        /**
         * The same for runners that need something of their machine. This is what a coordinator asks; a provider that
         * wraps another hands it on.
         *
         * @param pool the asking pool
         * @param profile what each of its runners needs
         * @return the room; by default that of {@link #room(String)}, as where all places are alike
         */
        default Room room(String pool, RunnerProfile profile) {
            return room(pool);
        }

        /**
         * Whether the rooms of pools with different profiles are rooms of their own, so that what one pool takes leaves
         * the other's as it is. Read once after opening; a provider that wraps another hands it on.
         *
         * @return false, the default, where all pools share one room
         */
        default boolean roomsByProfile() {
            return false;
        }

        /**
         * Makes one machine and starts the runner on it. At most one machine exists per runner name, however often
         * this is called with it.
         *
         * <p>A registration that is not ready ({@link Registration#self}) is for providers that have the runner register
         * itself. Others ask for its {@link Registration#secret} before they make anything, and fail as that does.
         *
         * @param request what to make
         * @return completes when the machine exists (it need not have booted); fails with a
         *     {@link dev.paddock.error.ProvisioningException} if it certainly does not
         */
        CompletionStage<RunnerHandle> provision(ProvisionRequest request);

        /**
         * Removes the machine with all that runs on it. A machine that is gone already is success.
         *
         * @param handle the machine, as returned by {@code provision} or {@code list}
         * @return completes when nothing of it is left running; fails if that cannot be said
         */
        CompletionStage<Removal> remove(RunnerHandle handle);

        /**
         * Lists the machines of this fleet, those of earlier epochs included.
         *
         * @return the listing, which says what was unreachable
         */
        CompletionStage<Listing> list();

        /**
         * Whether a runner's machine may be in a scope that a list could not read, so that its absence from the list
         * proves nothing. Asked for each such scope and each runner the list does not show; a provider that wraps another
         * hands it on. Returns at once.
         *
         * @param scope one of {@link Listing#unreachable}
         * @param runner the runner
         * @param handle its machine; empty if nobody has told where it is, or whether it was made
         * @return false only if the machine cannot be there; true, the default, where that is not known
         */
        default boolean mayBeIn(String scope, RunnerId runner, Optional<RunnerHandle> handle) {
            return true;
        }

        /**
         * Whether a creation ends with the life that asked for it: after a restart its machine is in the lists, or will
         * never be. Read once after opening.
         *
         * @return true where the coordinator's own process starts the machines; false, the default, where a service
         *     may still be at work on what it was asked for
         */
        default boolean creationsEndWithTheirLife() {
            return false;
        }

        /**
         * Looks at one machine: whether it is there and fit. Asked about every 30 s for each runner that is connected.
         * A provider that finds the machine gone also reports that, as {@link RunnerObservation.Kind#EXITED}, so that
         * it is replaced at once.
         *
         * @param handle the machine
         * @return how it is, within ten seconds; empty, the default, if this provider has no way to look
         */
        default CompletionStage<Optional<Health>> health(RunnerHandle handle) {
            return CompletableFuture.completedStage(Optional.empty());
        }

        /**
         * Lets go of connections and threads; machines live on. Idempotent.
         *
         * @return completes when nothing is left open; never fails
         */
        CompletionStage<Void> close();
    }
}
