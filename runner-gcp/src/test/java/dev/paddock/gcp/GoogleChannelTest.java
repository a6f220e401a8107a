package dev.paddock.gcp;

import static dev.paddock.gcp.ComputeContract.failure;
import static dev.paddock.gcp.ComputeContract.get;
import static dev.paddock.gcp.ComputeContract.request;
import static dev.paddock.gcp.ScriptedCompute.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.auth.Credentials;
import com.google.auth.Retryable;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.ComputeOperation;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads, connections and credentials of Google's client. */
@Timeout(60)
class GoogleChannelTest {
    private static final String DONE = "{\"name\":\"o\",\"zone\":\"z\",\"status\":\"DONE\"}";

    private final ScriptedCompute server = new ScriptedCompute();
    private final ScriptedCompute tokens = new ScriptedCompute();
    private final RecordingScheduler scheduler = new RecordingScheduler();

    @AfterEach
    void end() {
        server.close();
        tokens.close();
        scheduler.close();
    }

    private GcpProject.Builder project(String id) {
        return GcpProject.builder(id).endpoint(server.url()).limits(ComputeContract.QUICK);
    }

    private static Set<Thread> threads(String project) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("paddock-" + project + "-gcp-"))
                .collect(Collectors.toSet());
    }

    private static Set<String> others() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isDaemon())
                .map(Thread::getName)
                .collect(Collectors.toSet());
    }

    // ---- threads ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "GCE-59: nothing runs before the first call, only daemons of the project's name during it, and none 2 s"
                    + " after close, though a server is silent")
    void threads() throws Exception {
        server.then(200, "{\"kind\":\"compute#project\",\"quotas\":[]}")
                .then(server.silence())
                .then(server.silence());
        Set<String> before = others();
        GcpProject project = project("threads").build();
        ComputeApi compute = project.compute(scheduler);
        assertThat(threads("threads")).isEmpty();
        get(compute.project());
        CompletionStage<ComputeOperation> insert = compute.insert(request());
        CompletionStage<?> read = compute.project();
        while (server.requests().size() < 3) {
            Thread.onSpinWait();
        }
        Set<Thread> running = threads("threads");
        assertThat(running).isNotEmpty().allMatch(Thread::isDaemon);
        assertThat(others()).isSubsetOf(before);

        project.close();
        assertThat(failure(insert).fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(failure(read).fault().kind()).isEqualTo(Kind.UNSENT);
        for (Thread thread : running) {
            thread.join(2_000);
        }
        assertThat(running).noneMatch(Thread::isAlive);
        assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.UNSENT);
        assertThat(failure(project.compute(scheduler).insert(request())).fault().kind())
                .isEqualTo(Kind.UNSENT);
    }

    @Test
    @DisplayName("GCE-44: a call that is given up gives its thread back")
    void threadIsFree() throws Exception {
        server.then(server.silence()).then(200, "{\"kind\":\"compute#project\",\"quotas\":[]}");
        var limits = new dev.paddock.gcp.internal.Limits(
                java.time.Duration.ofMillis(500),
                java.time.Duration.ofMillis(500),
                java.time.Duration.ofSeconds(20),
                4);
        try (GcpProject project = project("one").parallelCalls(1).limits(limits).build()) {
            ComputeApi compute = project.compute(scheduler);
            assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.AMBIGUOUS);
            assertThat(get(compute.project())).isEmpty();
            assertThat(threads("one")).hasSize(1);
        }
    }

    @Test
    @DisplayName("calls run side by side, up to the number allowed")
    void parallel() throws Exception {
        try (GcpProject project = project("wide").parallelCalls(20).build()) {
            ComputeApi compute = project.compute(scheduler);
            server.then(200, "{\"kind\":\"compute#project\",\"quotas\":[]}");
            get(compute.project());
            List<CompletionStage<?>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                server.then(server.silence());
                all.add(compute.insert(request()));
            }
            while (server.requests().size() < 21) {
                Thread.onSpinWait();
            }
            assertThat(all).hasSize(20);
        }
    }

    @Test
    @DisplayName("GCE-61: Google's gRPC runtime is not there")
    void noGrpc() {
        for (String name : List.of(
                "io.grpc.internal.ManagedChannelImpl",
                "io.grpc.xds.XdsNameResolver",
                "com.google.api.gax.grpc.GrpcCallContext")) {
            assertThatThrownBy(() -> Class.forName(name)).isInstanceOf(ClassNotFoundException.class);
        }
    }

    // ---- credentials ------------------------------------------------------------------------------------------

    private Path key(Path directory) throws Exception {
        var pairs = KeyPairGenerator.getInstance("RSA");
        pairs.initialize(2048);
        String key = Base64.getEncoder()
                .encodeToString(pairs.generateKeyPair().getPrivate().getEncoded());
        return Files.writeString(
                directory.resolve("key.json"),
                "{\"type\":\"service_account\",\"project_id\":\"p\",\"private_key_id\":\"1\",\"private_key\":"
                        + "\"-----BEGIN PRIVATE KEY-----\\n" + key
                        + "\\n-----END PRIVATE KEY-----\\n\",\"client_email\":"
                        + "\"a@p.iam.gserviceaccount.com\",\"client_id\":\"1\",\"token_uri\":\"" + tokens.url()
                        + "/token\"}");
    }

    @ParameterizedTest(name = "over Java''s client: {0}")
    @ValueSource(booleans = {false, true})
    @DisplayName("GCE-42: credentials that are refused send nothing, and work again once they are good")
    void refusedCredentials(boolean own, @TempDir Path directory) throws Exception {
        tokens.then(400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: sEcReT-words\"}")
                .then(200, "{\"access_token\":\"ya29.tokentoken\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
        server.then(200, DONE);
        GcpProject.Builder builder = project("login").credentials(GcpCredentials.keyFile(key(directory)));
        if (own) {
            builder.httpClient(HttpClient.newHttpClient());
        }
        try (GcpProject project = builder.build()) {
            ComputeApi compute = project.compute(scheduler);
            ComputeException refused = failure(compute.insert(request()));
            assertThat(refused.fault().kind()).isEqualTo(Kind.AUTHORIZATION);
            assertThat(refused).hasMessageContaining("key.json").hasMessageNotContaining("sEcReT");
            assertThat(server.requests()).isEmpty();
            get(compute.insert(request()));
            assertThat(server.requests().get(0).headers()).containsEntry("Authorization", "Bearer ya29.tokentoken");
        }
    }

    @Test
    @DisplayName("GCE-42: a token service that answers 503 is a passing matter, and no answer of Compute Engine's")
    void tokenServiceDown(@TempDir Path directory) throws Exception {
        for (int i = 0; i < 10; i++) {
            tokens.then(answer(503, "{\"error\":{\"code\":503,\"errors\":[{\"reason\":\"quotaExceeded\"}]}}"));
        }
        try (GcpProject project = project("down")
                .credentials(GcpCredentials.keyFile(key(directory)))
                .limits(dev.paddock.gcp.internal.Limits.USUAL)
                .build()) {
            ComputeException failure = failure(project.compute(scheduler).insert(request()));
            assertThat(failure.fault().kind()).isEqualTo(Kind.UNSENT);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-42: a key file that is missing is named, and read anew once it is there")
    void missingFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("absent.json");
        server.then(200, DONE);
        tokens.then(200, "{\"access_token\":\"ya29.tokentoken\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
        try (GcpProject project =
                project("missing").credentials(GcpCredentials.keyFile(file)).build()) {
            ComputeApi compute = project.compute(scheduler);
            ComputeException failure = failure(compute.project());
            assertThat(failure.fault().kind()).isEqualTo(Kind.AUTHORIZATION);
            assertThat(failure).hasMessageContaining("absent.json");
            Files.move(key(directory), file);
            get(compute.insert(request()));
        }
    }

    private static final class Passing extends IOException implements Retryable {
        private static final long serialVersionUID = 1;

        private final boolean again;

        Passing(boolean again) {
            super("no token");
            this.again = again;
        }

        @Override
        public boolean isRetryable() {
            return again;
        }

        @Override
        public int getRetryCount() {
            return 0;
        }
    }

    private static final class Given extends Credentials {
        private static final long serialVersionUID = 1;

        private final transient AtomicReference<Exception> failure = new AtomicReference<>();

        @Override
        public String getAuthenticationType() {
            return "OAuth2";
        }

        @Override
        public Map<String, List<String>> getRequestMetadata(URI uri) throws IOException {
            Exception now = failure.get();
            if (now instanceof IOException passing) {
                throw passing;
            }
            if (now instanceof RuntimeException wrong) {
                throw wrong;
            }
            return Map.of("Authorization", List.of("Bearer given"));
        }

        @Override
        public boolean hasRequestMetadata() {
            return true;
        }

        @Override
        public boolean hasRequestMetadataOnly() {
            return true;
        }

        @Override
        public void refresh() {
            // it is always the same
        }
    }

    @Test
    @DisplayName("GCE-42: whether credentials fail in passing is their own word; nothing was sent either way")
    void givenCredentials() throws Exception {
        var given = new Given();
        server.then(200, DONE);
        try (GcpProject project =
                project("given").credentials(GcpCredentials.of(given)).build()) {
            ComputeApi compute = project.compute(scheduler);
            given.failure.set(new Passing(true));
            assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.UNSENT);
            given.failure.set(new Passing(false));
            assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.AUTHORIZATION);
            given.failure.set(new IllegalStateException("broken"));
            assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.AUTHORIZATION);
            assertThat(server.requests()).isEmpty();
            given.failure.set(null);
            get(compute.insert(request()));
            assertThat(server.requests().get(0).headers()).containsEntry("Authorization", "Bearer given");
        }
    }
}
