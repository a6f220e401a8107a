package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scaler as a process of its own, between two simulators on loopback, and the signals that units send it. */
@Tag("ci")
@Timeout(180)
class GcpScalerCommandTest {
    private static final Pattern HTTP =
            Pattern.compile("health, metrics and status are at (http://127\\.0\\.0\\.1:\\d+)");

    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);
    private final GcpSimulators there = new GcpSimulators();
    private @Nullable Process process;

    @AfterEach
    void end() throws Exception {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        there.close();
    }

    private Path output() {
        return folder.resolve("output");
    }

    private String told() {
        try {
            return Files.readString(output());
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private Process start(String... more) throws IOException {
        List<String> line = new ArrayList<>(List.of("gcp-scaler"));
        line.addAll(List.of(more));
        Process started = programs.java(
                Map.of(
                        "GITHUB_TOKEN",
                        "",
                        "SCALER_TOKEN",
                        GcpSimulators.TOKEN,
                        "SCALER_GCP_ENDPOINT",
                        there.compute.url(),
                        "SCALER_GCP_CLEANUP_INTERVAL",
                        "1s",
                        "STATE_DIRECTORY",
                        folder.toString()),
                output(),
                line.toArray(String[]::new));
        process = started;
        return started;
    }

    private Process startOne(String... more) throws IOException {
        List<String> flags = new ArrayList<>(List.of(
                "--url", there.url(),
                "--name", "linux-gpu",
                "--labels", "Linux,self-hosted,GPU",
                "--platform", "linux",
                "--gcp-project", GcpSimulators.PROJECT,
                "--gcp-instance-template", "linux-gpu-runner",
                "--gcp-zones", String.join(",", GcpSimulators.ZONES),
                "--vm-prefix", "linux-gpu"));
        flags.addAll(List.of(more));
        return start(flags.toArray(String[]::new));
    }

    private static void signal(Process process, String signal) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    private int exitCode(Process scaler) throws InterruptedException {
        assertThat(scaler.waitFor(100, TimeUnit.SECONDS)).as(told()).isTrue();
        return scaler.exitValue();
    }

    /** Until the scaler has heard of it. */
    private void untilItRuns(String job) throws InterruptedException {
        GcpSimulators.until(() -> told().contains("job " + job + " runs on "));
    }

    @Test
    @DisplayName(
            "SLANG-47: SIGUSR1 drains: no job is taken, the busy VM finishes, it says so and ends with 0; the scale"
                    + " set stays")
    void drain() throws Exception {
        Process scaler = startOne();
        there.submit("busy", Duration.ofSeconds(3), "GPU");
        untilItRuns("busy");
        signal(scaler, "USR1");
        GcpSimulators.until(() -> told().contains("draining: no more jobs are taken; ends when all VMs have finished"));
        GcpSimulators.until(() -> there.github.scaleSets().get(0).capacity() == 0 || !scaler.isAlive());
        there.submit("later", Duration.ofMillis(100), "GPU");
        assertThat(exitCode(scaler)).as(told()).isZero();
        assertThat(told()).contains("drained: all VMs have finished").doesNotContain(GcpSimulators.TOKEN);
        assertThat(there.succeeded("busy")).isTrue();
        assertThat(there.job("later").startedAt()).isEmpty();
        assertThat(there.compute.instances()).isEmpty();
        assertThat(there.github.registrations()).isEmpty();
        assertThat(there.github.sessions()).isEmpty();
        assertThat(there.github.scaleSets()).hasSize(1);
    }

    @Test
    @DisplayName("SLANG-39: a second SIGUSR1 has no effect, and SIGUSR2 takes jobs again, as often as one likes")
    void resume() throws Exception {
        Process scaler = startOne();
        there.submit("busy", Duration.ofSeconds(60), "GPU");
        untilItRuns("busy");
        for (int round = 1; round <= 2; round++) {
            int drains = 2 * round;
            signal(scaler, "USR1");
            GcpSimulators.until(() -> told().split("draining: no more", -1).length == drains);
            GcpSimulators.until(() -> there.github.scaleSets().get(0).capacity() == 0);
            signal(scaler, "USR1");
            GcpSimulators.until(() -> told().split("draining: no more", -1).length == drains + 1);
            assertThat(told().split("resumed: jobs", -1)).hasSize(round);
            assertThat(there.github.scaleSets().get(0).capacity()).isZero();
            String job = "after " + round;
            there.submit(job, Duration.ofMillis(100), "GPU");
            signal(scaler, "USR2");
            GcpSimulators.until(() -> there.succeeded(job));
            assertThat(told().split("resumed: jobs", -1)).hasSize(round + 1);
        }
        assertThat(scaler.isAlive()).isTrue();
    }

    @Test
    @DisplayName("SLANG-47, SLANG-51: SIGTERM leaves the busy VM alone, also in a drain, and removes the idle one; the"
            + " next start takes the busy one up")
    void stop() throws Exception {
        Process scaler = startOne("--min-runners", "1");
        there.submit("busy", Duration.ofSeconds(15), "GPU");
        untilItRuns("busy");
        GcpSimulators.until(() -> there.vms().size() == 2);
        signal(scaler, "USR1");
        GcpSimulators.until(() -> told().contains("draining: "));
        signal(scaler, "TERM");
        assertThat(exitCode(scaler)).isEqualTo(143);
        assertThat(told()).contains("busy VMs that go on, to be taken up by the next start: 1");
        assertThat(there.compute.busyDeletions()).isEmpty();
        GcpSimulators.until(() -> there.vms().size() == 1);
        String vm = there.vms().get(0).name();
        assertThat(there.job("busy").runner()).contains(vm);

        Process next = startOne();
        GcpSimulators.until(() -> told().contains(vm) || there.succeeded("busy"));
        GcpSimulators.until(() -> there.succeeded("busy"));
        GcpSimulators.until(() -> there.compute.instances().isEmpty());
        signal(next, "USR1");
        assertThat(exitCode(next)).isZero();
        assertThat(told()).contains(vm);
        assertThat(there.compute.violations()).isEmpty();
    }

    @Test
    @DisplayName("SLANG-60: the pools of a YAML file are one fleet: each job gets a VM of its pool")
    void severalPools() throws Exception {
        Path file = Files.writeString(
                folder.resolve("pools.yaml"),
                String.join(
                        "\n",
                        "fleet: both",
                        "url: " + there.url(),
                        "gcp-project: " + GcpSimulators.PROJECT,
                        "gcp-zones: [" + String.join(", ", GcpSimulators.ZONES) + "]",
                        "platform: linux",
                        "pools:",
                        "  - name: linux-gpu",
                        "    labels: [Linux, GPU]",
                        "    gcp-instance-template: linux-gpu-runner",
                        "    vm-prefix: with-gpu",
                        "  - name: linux-build",
                        "    labels: [Linux, build]",
                        "    gcp-instance-template: linux-cpu-runner",
                        "    gcp-gpu-type: none",
                        "    vm-prefix: for-build"));
        Process scaler = start("--config", file.toString());
        there.submit("train", Duration.ofSeconds(2), "GPU");
        there.submit("compile", Duration.ofSeconds(2), "build");
        untilItRuns("train");
        untilItRuns("compile");
        assertThat(there.job("train").runner())
                .hasValueSatisfying(vm -> assertThat(vm).startsWith("with-gpu-"));
        assertThat(there.job("compile").runner())
                .hasValueSatisfying(vm -> assertThat(vm).startsWith("for-build-"));
        assertThat(there.compute.instances())
                .filteredOn(vm -> vm.name().startsWith("with-gpu-"))
                .allMatch(vm -> vm.accelerators().containsKey("nvidia-tesla-t4")
                        && vm.metadata().get("paddock-expect-gpu").equals("true"));
        GcpSimulators.until(() -> there.succeeded("train") && there.succeeded("compile"));
        signal(scaler, "USR1");
        assertThat(exitCode(scaler)).isZero();
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    private String http() throws InterruptedException {
        GcpSimulators.until(() -> HTTP.matcher(told()).find());
        Matcher line = HTTP.matcher(told());
        assertThat(line.find()).isTrue();
        return line.group(1);
    }

    @Test
    @DisplayName("/healthz tells whether GitHub is heard, /metrics how much there is, /status what, on loopback alone")
    void health() throws Exception {
        Process scaler = startOne("--http-port", "0");
        String url = http();
        there.submit("busy", Duration.ofSeconds(60), "GPU");
        untilItRuns("busy");
        HttpResponse<String> health = get(url + "/healthz");
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(health.body()).isEqualTo("ok\n");
        HttpResponse<String> metrics = get(url + "/metrics");
        assertThat(metrics.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body())
                .contains("paddock_pool_max_runners{pool=\"linux-gpu\"} 5")
                .contains("paddock_runners{pool=\"linux-gpu\",state=\"busy\"} 1")
                .doesNotContain(GcpSimulators.TOKEN);
        assertThat(get(url + "/status").body()).contains("\"name\" : \"linux-gpu\"");
        assertThat(get(url + "/healthz/else").statusCode()).isEqualTo(404);
        signal(scaler, "USR1");
        GcpSimulators.until(() -> told().contains("draining: "));
        assertThat(get(url + "/healthz").body()).isEqualTo("draining\n");
    }

    @Test
    @DisplayName(
            "/healthz is 503 with the reason while GitHub refuses; a fleet that GitHub refuses for good ends with 2")
    void unhealthy() throws Exception {
        Process scaler = startOne("--http-port", "0", "--token", "ghp_another");
        HttpResponse<String> health = get(http() + "/healthz");
        assertThat(health.statusCode()).isEqualTo(503);
        assertThat(health.body()).startsWith("linux-gpu: GitHub is ");
        assertThat(exitCode(scaler)).isEqualTo(2);
        assertThat(told())
                .contains("all users of this host can read what --token gives: better set SCALER_TOKEN")
                .doesNotContain("ghp_another");
    }

    @Test
    @DisplayName("A token may come from a file; wrong flags end with 2 and a sentence for each")
    void usage() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), GcpSimulators.TOKEN + "\n");
        Process scaler = startOne("--token-file", token.toString());
        there.submit("one", Duration.ofMillis(100), "GPU");
        untilItRuns("one");
        scaler.destroyForcibly().waitFor();

        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process second = startOne("--http-port", Integer.toString(taken.getLocalPort()));
            assertThat(exitCode(second)).isEqualTo(2);
            assertThat(told()).contains("--http-port " + taken.getLocalPort() + " of 127.0.0.1 cannot be listened on");
        }

        Printed wrong = Printed.of("gcp-scaler", "--gcp-project", "p", "--max-runners", "x", "--token", "ghp_x");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.text())
                .contains(
                        "3 problems", "--url is missing", "--gcp-instance-template is missing", "--max-runners: \"x\"")
                .doesNotContain("ghp_x");
        Printed help = Printed.of("gcp-scaler", "--help");
        assertThat(help.code()).isZero();
        for (ScalerSetting setting : ScalerSetting.values()) {
            assertThat(help.text()).contains(setting.flag());
            setting.variable().ifPresent(name -> assertThat(help.text()).contains(name));
        }
    }
}
