package dev.paddock.testkit;

import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.util.concurrent.CompletionStage;

/** A provider as somebody writes it who has never heard of runners that register themselves. */
record ReadyOnly(RunnerProvider machines) implements RunnerProvider {
    @Override
    public Session open(ProviderContext context) {
        return new PassedOn(machines.open(context)) {
            @Override
            public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
                Registration copy = Registration.of(
                        request.runner(), "", request.registration().secret());
                return inner.provision(new ProvisionRequest(request.runner(), request.pool(), request.profile(), copy));
            }
        };
    }
}
