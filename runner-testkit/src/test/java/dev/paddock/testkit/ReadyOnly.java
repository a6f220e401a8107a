package dev.paddock.testkit;

import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.util.concurrent.CompletionStage;

/** A provider as somebody writes it who has never heard of runners that register themselves. */
record ReadyOnly(RunnerProvider machines) implements RunnerProvider {
    @Override
    public Session open(ProviderContext context) {
        Session session = machines.open(context);
        return new Session() {
            @Override
            public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
                Registration copy = Registration.of(
                        request.runner(), "", request.registration().secret());
                return session.provision(
                        new ProvisionRequest(request.runner(), request.pool(), request.profile(), copy));
            }

            @Override
            public ProviderLimits limits() {
                return session.limits();
            }

            @Override
            public Room room(String pool) {
                return session.room(pool);
            }

            @Override
            public CompletionStage<Removal> remove(RunnerHandle handle) {
                return session.remove(handle);
            }

            @Override
            public CompletionStage<Listing> list() {
                return session.list();
            }

            @Override
            public CompletionStage<Void> close() {
                return session.close();
            }
        };
    }
}
