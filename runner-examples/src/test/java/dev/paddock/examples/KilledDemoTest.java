package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the demo's process as a loss of power would, at random moments of its whole run, and starts it anew with the same
 * journal, until a life is left alone. That one gives up after 50 s. The simulator is another process and lives on.
 */
class KilledDemoTest {
    private static final int JOBS = 27;
    /** A run that is left alone takes about twice this; so no moment of it is too late to be met. */
    private static final int LONGEST_LIFE_MILLIS = Integer.getInteger("paddock.kills.longest", 6_000);

    private static final String TWICE = "training"; // its runner is killed by the demo, and it is queued once more

    private final long seed = Long.getLong("paddock.kills.seed", System.nanoTime());
    private final SplittableRandom dice = new SplittableRandom(seed);
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);
    private Process simulator;
    private BufferedReader told;
    private String url;
    private int stories;

    @BeforeEach
    void startTheSimulator() throws IOException {
        System.out.println("KilledDemoTest seed " + seed);
        // A kill in the milliseconds between the service's answer and the journal leaves a session that nobody knows
        // of;
        // it is waited out.
        simulator = programs.java(
                "dev.paddock.examples.Main",
                "actions-simulator",
                "--runner-lease",
                "PT3S",
                "--long-poll",
                "PT10S",
                "--session-ttl",
                "PT15S");
        told = simulator.inputReader();
        url = told.readLine();
    }

    @AfterEach
    void endTheSimulator() throws Exception {
        simulator.destroyForcibly().waitFor();
        told.close();
    }

    @Test
    void threeMoments() throws Exception {
        kill(3);
    }

    @Test
    @Tag("ci")
    void twentyFiveMoments() throws Exception {
        kill(Integer.getInteger("paddock.kills", 25));
    }

    private void kill(int moments) throws Exception {
        int kills = 0;
        while (kills < moments) {
            kills += story(Math.min(moments - kills, Integer.getInteger("paddock.kills.each", 5)));
        }
        System.out.println("KilledDemoTest seed " + seed + ": " + kills + " kills in " + stories + " stories");
    }

    /** One journal from its beginning until all jobs are over; tells how often its coordinator was killed. */
    private int story(int most) throws Exception {
        stories++;
        Path home = Files.createDirectory(folder.resolve("story-" + stories));
        StringBuilder lives = new StringBuilder();
        int kills = 0;
        while (true) {
            Path output = home.resolve("life-" + (kills + 1) + ".txt");
            Process demo =
                    programs.example(output, "demo", "--github", url + "/acme", "--journal", home + "/demo.journal");
            int moment = kills < most ? dice.nextInt(LONGEST_LIFE_MILLIS) : 0;
            boolean ended = kills == most || demo.waitFor(moment, TimeUnit.MILLISECONDS);
            if (ended) {
                demo.waitFor();
                String last = Files.readString(output);
                asItShouldBe(demo.exitValue(), last, lives + last);
                return kills;
            }
            demo.toHandle().destroyForcibly();
            demo.waitFor();
            kills++;
            lives.append(Files.readString(output))
                    .append("killed after ")
                    .append(moment)
                    .append(" ms\n");
        }
    }

    private void asItShouldBe(int exitCode, String last, String lives) throws Exception {
        String story = "seed " + seed + ", story " + stories + "\n" + lives;
        JsonNode state = state();
        // What an event says may be printed a moment after the sum, and a life that was killed then has told it too.
        assertThat(last.lines().filter(line -> line.startsWith("jobs=")))
                .as(story)
                .containsExactly("jobs=" + JOBS + " succeeded=" + JOBS + " lost=0 leaked=0");
        assertThat(exitCode).as(story).isZero();
        Map<String, Integer> attempts = new TreeMap<>();
        for (JsonNode job : state.path("jobs")) {
            assertThat(job.path("state").asText()).as("%s of %s", job, story).isEqualTo("DONE");
            attempts.merge(job.path("runId") + "/" + job.path("name").asText(), 1, Integer::sum);
        }
        assertThat(attempts).as(story).hasSize(stories * JOBS);
        attempts.forEach((job, number) ->
                assertThat(number).as("%s of %s", job, story).isLessThanOrEqualTo(job.endsWith(TWICE) ? 2 : 1));
        assertThat(state.path("registrations")).as(story).isEmpty();
        assertThat(state.path("sessions")).as(story).isEmpty();
        assertThat(state.path("violations")).as(story).isEmpty();
        assertThat(ProcessHandle.allProcesses().filter(this::isARunner))
                .as(story)
                .isEmpty();
    }

    private JsonNode state() throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(url + "/simulator/state")).build();
        return new ObjectMapper()
                .readTree(http.send(request, BodyHandlers.ofString()).body());
    }

    private boolean isARunner(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/environ"), StandardCharsets.ISO_8859_1)
                    .contains("PADDOCK_RUNNER_ROOT=" + folder);
        } catch (IOException goneOrForeign) {
            return false;
        }
    }
}
