package dev.paddock.testkit;

import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.util.concurrent.CompletionStage;

/** Passes on to another session what each session has to do; what it may do besides is as by default. */
class PassedOn implements RunnerProvider.Session {
    final RunnerProvider.Session inner;

    PassedOn(RunnerProvider.Session inner) {
        this.inner = inner;
    }

    @Override
    public ProviderLimits limits() {
        return inner.limits();
    }

    @Override
    public Room room(String pool) {
        return inner.room(pool);
    }

    @Override
    public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
        return inner.provision(request);
    }

    @Override
    public CompletionStage<Removal> remove(RunnerHandle handle) {
        return inner.remove(handle);
    }

    @Override
    public CompletionStage<Listing> list() {
        return inner.list();
    }

    @Override
    public CompletionStage<Void> close() {
        return inner.close();
    }
}
