package dev.paddock.github;

import dev.paddock.spi.JobSink;
import dev.paddock.spi.SourceContext;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Objects;

/** The one implementation of {@link ScaleSetListener}: a description that opens attachments. */
record DescribedScaleSet(Settings settings) implements ScaleSetListener {
    @Override
    public String id() {
        return settings.scope().configUrl() + "#" + settings.name();
    }

    @Override
    public List<String> runnerLabels() {
        return settings.labels();
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        Objects.requireNonNull(sink, "sink");
        HttpClient given = settings.httpClient();
        HttpClient http = given != null
                ? given
                : settings.connection().newHttpClient(context.scheduler().effects());
        ScaleSetClient client = ScaleSetClient.builder(settings.scope(), settings.credentials())
                .httpClient(http)
                .scheduler(context.scheduler())
                .build();
        var attachment = new ScaleSetAttachment(settings, client, sink, context, () -> {
            if (given == null) {
                context.scheduler().effects().execute(() -> OwnHttpClient.end(http));
            }
        });
        attachment.start();
        return attachment;
    }

    @Override
    public String toString() {
        return id();
    }
}
