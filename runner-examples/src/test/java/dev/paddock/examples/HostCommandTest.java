package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about this host, whatever it is: exit codes agree with what they print. */
class HostCommandTest {
    @TempDir
    private Path folder;

    /** Warnings that are on standard error come first. */
    private record Ended(int code, String output) {
        JsonNode json() throws IOException {
            return new ObjectMapper()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(output.substring(output.indexOf("{\n")));
        }
    }

    private Ended host(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("host"));
        all.addAll(List.of(args));
        Process main = new Programs(() -> folder).java("dev.paddock.examples.Main", all.toArray(String[]::new));
        String output = Programs.output(main);
        return new Ended(main.waitFor(), output);
    }

    @Test
    void theDoctorEndsWithZeroIfTheHostIsFit() throws Exception {
        Ended doctor = host("doctor", "--json");
        assertThat(doctor.json().path("results")).isNotEmpty();
        assertThat(doctor.code()).isEqualTo(doctor.json().path("fit").asBoolean() ? 0 : 1);
    }

    @Test
    void theDoctorEndsWithOneIfTheHostIsUnfit() throws Exception {
        Ended doctor = host("doctor", "--preset", "gpu_ner", "--python", "/nowhere/python");
        assertThat(doctor.output())
                .contains("FAIL    PY-ENV: no /nowhere/python")
                .contains("unfit to run runners");
        assertThat(doctor.code()).isEqualTo(1);
    }

    @Test
    void wrongUsageEndsWithTwo() throws Exception {
        assertThat(host().code()).isEqualTo(2);
        assertThat(host("doctor", "--preset", "huge").code()).isEqualTo(2);
        assertThat(host("inventory", "--watch", "soon").code()).isEqualTo(2);
    }

    @Test
    void theInventoryIsAText() throws Exception {
        Ended inventory = host("inventory");
        assertThat(inventory.output()).contains("cpu      ", "memory   ", "disk     ");
        assertThat(inventory.code()).isZero();
    }

    @Test
    void theInventoryIsADocumentAndNothingComesAfterIt() throws Exception {
        Ended inventory = host("inventory", "--json");
        assertThat(inventory.json().path("cpu").path("logical").asInt()).isPositive();
        assertThat(inventory.code()).isZero();
        Ended watched = host("inventory", "--json", "--watch", "1");
        assertThat(watched.output()).contains("--json", "--watch").doesNotContain("{");
        assertThat(watched.code()).isEqualTo(2);
    }

    @Test
    void watchingEndsWhereThereIsNoGpu() throws Exception {
        Ended watched = host("inventory", "--watch", "1");
        boolean none = watched.output().contains("gpus     none");
        assertThat(watched.output().contains("no GPU to watch")).isEqualTo(none);
        assertThat(watched.code()).isEqualTo(none ? 1 : 0);
    }
}
