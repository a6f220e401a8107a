package dev.paddock.testkit;

import dev.paddock.RunnerId;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** An attachment that does nothing and implements no more than it must. */
class PlainAttachment implements JobSource.Attachment {
    @Override
    public void advertise(int capacity) {}

    @Override
    public CompletionStage<Registration> register(RunnerId runner) {
        return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<Deregistration> deregister(RunnerId runner) {
        return CompletableFuture.completedFuture(Deregistration.GONE);
    }

    @Override
    public CompletionStage<RegistrationList> list() {
        return CompletableFuture.completedFuture(new RegistrationList(true, List.of()));
    }

    @Override
    public CompletionStage<Void> close() {
        return CompletableFuture.completedFuture(null);
    }
}
