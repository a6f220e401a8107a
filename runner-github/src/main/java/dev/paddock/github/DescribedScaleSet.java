package dev.paddock.github;

import dev.paddock.spi.JobSink;
import dev.paddock.spi.SourceContext;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Objects;

/** The one implementation of {@link ScaleSetListener}: a description that opens attachments. */
record DescribedScaleSet(Settings settings) implements ScaleSetListener {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    @Override
    public String id() {
        return settings.scope().configUrl() + "#" + settings.name();
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        Objects.requireNonNull(sink, "sink");
        HttpClient given = settings.httpClient();
        HttpClient http = given != null ? given : ownClient(context);
        ScaleSetClient client = ScaleSetClient.builder(settings.configUrl(), settings.credentials())
                .httpClient(http)
                .scheduler(context.scheduler())
                .build();
        var attachment = new ScaleSetAttachment(settings, client, sink, context);
        attachment.start();
        return attachment;
    }

    /** Its threads end by themselves once nobody holds it. */
    private static HttpClient ownClient(SourceContext context) {
        return HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(context.scheduler().effects())
                .build();
    }

    @Override
    public String toString() {
        return id();
    }
}
