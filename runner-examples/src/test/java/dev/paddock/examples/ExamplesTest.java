package dev.paddock.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.scaling.PoolView;
import dev.paddock.spi.JobStatistics;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small examples do what their first sentence says. */
class ExamplesTest {
    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);

    @Test
    void withoutAnArgumentTheExamplesAreListed() throws Exception {
        Process main = programs.java("dev.paddock.examples.Main");
        String output = Programs.output(main);
        assertThat(main.waitFor()).isZero();
        assertThat(output)
                .contains("demo", "actions-simulator", "fault-simulation", "local-fleet", "plan-host", "custom-policy")
                .contains("gcp-scaler", "gcp-fleet");
    }

    @Test
    void anUnknownExampleIsRefusedByName() throws Exception {
        Process main = programs.java("dev.paddock.examples.Main", "dmeo");
        assertThat(Programs.output(main)).contains("there is no example \"dmeo\"");
        assertThat(main.waitFor()).isEqualTo(2);
    }

    @Test
    void theSmallExamplesFitOnAScreen() throws IOException {
        for (String file : List.of(
                "main/java/dev/paddock/examples/LocalFleet",
                "main/java/dev/paddock/examples/CustomPolicy",
                "test/java/dev/paddock/examples/TestMyFleet")) {
            assertThat(Files.readAllLines(Path.of("src", file + ".java")))
                    .as(file)
                    .hasSizeLessThanOrEqualTo(40);
        }
    }

    @Test
    void wrongArgumentsAreToldInASentence() throws Exception {
        for (List<String> wrong : List.of(
                List.of("local-fleet"),
                List.of("plan-host"),
                List.of("gcp-fleet"),
                List.of("gcp-fleet", "https://github.com/acme", "acme-ci", "runner", "nowhere"),
                List.of("gcp-scaler"),
                List.of("gcp-scaler", "--min-idle", "3"),
                List.of("demo", "--gcp", "--journal", "demo.journal"),
                List.of("local-fleet", "ftp://github.com/acme", "/bin/true"),
                List.of("demo", "--github", "https://github.com/acme"),
                List.of("demo", "--journal", "demo.journal"),
                List.of("actions-simulator", "--ghes", "latest"),
                List.of("actions-simulator", "--long-poll", "0s"),
                List.of("actions-simulator", "--rate-limit", "0"),
                List.of("actions-simulator", "--app", "Iv1.abc:42"),
                List.of("actions-simulator", "--app", "Iv1.abc:42:nowhere.pem"),
                List.of("actions-simulator", "--session-ttl", "PT0S"),
                List.of("compute-simulator", "--template", "gpu"),
                List.of("compute-simulator", "--quota", "us-east1=4"),
                List.of("fault-simulation", "--seeds", "0"))) {
            Process main = programs.java("dev.paddock.examples.Main", wrong.toArray(String[]::new));
            assertThat(Programs.output(main)).as("%s", wrong).isNotBlank().doesNotContain("\tat ");
            assertThat(main.waitFor()).as("%s", wrong).isEqualTo(2);
        }
    }

    @Test
    void twoRunnersWaitInOfficeHoursAndNoneAtNight() {
        var pool = new PoolView("office", 0, 5, JobStatistics.NONE, 0, 0, 0, 0);
        assertThat(CustomPolicy.OFFICE_HOURS
                        .target(pool, Instant.parse("2026-01-01T09:00:00Z"))
                        .runners())
                .isEqualTo(2);
        assertThat(CustomPolicy.OFFICE_HOURS
                        .target(pool, Instant.parse("2026-01-01T19:00:00Z"))
                        .runners())
                .isZero();
    }

    @Test
    void aDayOfTheCustomPolicyCreatesInTheMorningAndRetiresInTheEvening() throws Exception {
        String output = Programs.output(programs.java("dev.paddock.examples.CustomPolicy"));
        assertThat(output).contains("creates 2, retires 0", "2 warm at 8 o'clock", "creates 0, retires ");
    }

    @Test
    void theSimulatorTellsHowItWasStarted() throws Exception {
        Process simulator = programs.java(
                "dev.paddock.examples.Main",
                "actions-simulator",
                "--ghes",
                "3.14",
                "--drop-label",
                "old",
                "--session-ttl",
                "PT9M",
                "--early-started");
        try (var lines = simulator.inputReader()) {
            var request = HttpRequest.newBuilder(URI.create(lines.readLine() + "/simulator/state"))
                    .build();
            String state = HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofString())
                    .body();
            assertThat(state)
                    .contains("\"ghes\":\"3.14\"", "\"flow\":\"ACQUIRE\"", "\"droppedLabels\":[\"old\"]")
                    .contains("\"sessionTtl\":\"PT9M\"", "\"lateStarted\":false");
        } finally {
            simulator.destroyForcibly().waitFor();
        }
    }

    @Test
    void theSimulatorKnowsAnAppAndLimitsItsRequests() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair keys = generator.generateKeyPair();
        Path pem = Files.writeString(
                folder.resolve("app.pub.pem"),
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
        Process simulator = programs.java(
                "dev.paddock.examples.Main", "actions-simulator", "--app", "Iv1.abc:42:" + pem, "--rate-limit", "77");
        try (var lines = simulator.inputReader()) {
            String url = lines.readLine() + "/api/v3/app/installations/";
            var ours = exchange(url + "42/access_tokens", jwt(keys, "Iv1.abc"));
            assertThat(ours.statusCode()).as(ours.body()).isEqualTo(201);
            assertThat(exchange(url + "42/access_tokens", jwt(keys, "Iv1.other"))
                            .statusCode())
                    .as("no such App")
                    .isEqualTo(404);
            var limits = HttpRequest.newBuilder(URI.create(url).resolve("/api/v3/rate_limit"))
                    .header("Authorization", "Bearer ghp_x")
                    .header("User-Agent", "test")
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(limits, BodyHandlers.ofString())
                            .body())
                    .contains("\"limit\":77");
        } finally {
            simulator.destroyForcibly().waitFor();
        }
    }

    private static HttpResponse<String> exchange(String url, String jwt) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + jwt)
                .header("User-Agent", "test")
                .POST(BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    private static String jwt(KeyPair keys, String issuer) throws GeneralSecurityException {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        long now = Instant.now().getEpochSecond();
        String claims = "{\"iat\":" + (now - 60) + ",\"exp\":" + (now + 480) + ",\"iss\":\"" + issuer + "\"}";
        String signed = base64.encodeToString("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(signed.getBytes(UTF_8));
        return signed + "." + base64.encodeToString(signature.sign());
    }

    @Test
    void theDemoMakesVmsInTheRegionsThatHaveThemAndLeavesNone() throws Exception {
        Process demo = programs.java("dev.paddock.examples.Main", "demo", "--gcp");
        String output = Programs.output(demo);
        assertThat(output)
                .containsPattern("us-east1-c has no VM for gpu-\\S+: STOCKOUT")
                .containsPattern("zone us-east1-c: made 0 VMs, was out of stock [1-9]\\d* times")
                .containsPattern("zone us-central1-a: made [1-9]\\d* VMs, was out of stock 0 times")
                .containsPattern("zone us-west1-a: made [1-9]\\d* VMs, was out of stock 0 times")
                .contains("ended: PREEMPTED", "waited for a runner: median")
                .endsWith("jobs=27 succeeded=27 lost=0 leaked=0");
        assertThat(demo.waitFor()).isZero();
    }

    @Test
    void theDemoGivesItsJobsToASimulatorInAnotherProcess() throws Exception {
        Process simulator = programs.java(
                "dev.paddock.examples.Main", "actions-simulator", "--port", "0", "--runner-lease", "PT3S");
        try (var lines = simulator.inputReader()) {
            String url = lines.readLine();
            Process demo = programs.java("dev.paddock.examples.Main", "demo", "--github", url + "/acme");
            String output = Programs.output(demo);
            assertThat(output).contains("waited for a runner: median").endsWith("jobs=27 succeeded=27 lost=0 leaked=0");
            assertThat(demo.waitFor()).isZero();
        } finally {
            simulator.destroyForcibly().waitFor();
        }
    }

    @Test
    void aDemoWithAJournalQueuesItsJobsOnceAndASecondRunOnlyTellsHowTheyEnded() throws Exception {
        Process simulator = programs.java(
                "dev.paddock.examples.Main", "actions-simulator", "--port", "0", "--runner-lease", "PT3S");
        try (var lines = simulator.inputReader()) {
            String url = lines.readLine() + "/acme";
            Path journal = folder.resolve("made").resolve("demo.journal");
            for (int run = 1; run <= 2; run++) {
                Process demo = programs.java(
                        "dev.paddock.examples.Main", "demo", "--github", url, "--journal", journal.toString());
                String output = Programs.output(demo);
                assertThat(output).endsWith("jobs=27 succeeded=27 lost=0 leaked=0");
                assertThat(output.contains("life 2 of this fleet goes on: 27 of 27 jobs are over"))
                        .as(output)
                        .isEqualTo(run == 2);
                assertThat(demo.waitFor()).isZero();
            }
            assertThat(journal).isRegularFile();
            assertThat(journal.resolveSibling("demo.journal.runners")).doesNotExist();
        } finally {
            simulator.destroyForcibly().waitFor();
        }
    }

    @Test
    void theDemoRefusesASimulatorThatMissesALostRunnerForTooLong() throws Exception {
        try (var github = ActionsServiceSimulator.builder().start()) {
            Process demo = programs.java("dev.paddock.examples.Main", "demo", "--github", github.configUrl("acme"));
            assertThat(Programs.output(demo)).contains("PT10M", "PT10S", "--runner-lease PT3S");
            assertThat(demo.waitFor()).isEqualTo(2);
        }
    }

    @Test
    void theLocalFleetRunsAJobAndGoesWhenToldTo() throws Exception {
        // Like the service, the simulator tells of a job's end only with its next answer.
        try (var github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .start()) {
            Process fleet = programs.java(
                    "dev.paddock.examples.LocalFleet",
                    github.configUrl("acme"),
                    programs.standIn().toString());
            try (var lines = fleet.inputReader()) {
                github.submit(Workflow.builder("ci")
                        .repository("acme/engine")
                        .add(WorkflowJob.builder("hello")
                                .labels("gpu")
                                .step(Step.run("say", "echo hello"))
                                .build())
                        .build());
                assertThat(lines.lines().filter("hello succeeded"::equals).findFirst())
                        .isPresent();
                fleet.destroy();
                fleet.waitFor();
            } finally {
                fleet.destroyForcibly().waitFor();
            }
            assertThat(github.jobs()).allMatch(job -> job.state() == JobRecord.State.DONE);
            assertThat(github.registrations()).isEmpty();
            assertThat(github.sessions()).isEmpty();
            assertThat(folder.resolve("runners")).isEmptyDirectory();
        }
    }
}
