package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts that make images and templates, with a gcloud that notes how it is called. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ImageScriptsTest {
    private static final Path SCRIPTS = ScalerHost.SCRIPTS.resolve("images");
    private static final String DIGEST = "ab".repeat(32);

    @TempDir
    private Path folder;

    private Path commands;
    private Path state;

    @BeforeEach
    void make() throws IOException {
        commands = Files.createDirectory(folder.resolve("commands"));
        state = Files.createDirectory(folder.resolve("state"));
        command("sleep", "exit 0");
        command("date", "echo 20261126-101112");
        command(
                "gcloud",
                "case \"$2 $3\" in",
                "  'instances describe')",
                "    [ ! -e $state/forbidden ] || { echo 'no permission' >&2; exit 1; }",
                "    [ -e $state/vm ] || { echo 'The resource was not found' >&2; exit 1; }",
                "    cat $state/vm ;;",
                "  'instances create') [ ! -e $state/full ] || exit 1; echo RUNNING > $state/vm ;;",
                "  'instances stop') echo TERMINATED > $state/vm ;;",
                "  'instances delete') rm $state/vm ;;",
                "  'instances get-guest-attributes')",
                "    # started at first, and then what the test says",
                "    if [ -e $state/asked ]; then cat $state/word 2>/dev/null; else echo started; fi; touch $state/asked",
                "    if [ -e $state/generalizes ]; then echo TERMINATED > $state/vm; fi ;;",
                "  'instances get-serial-port-output') echo 'E: Unable to locate package' ;;",
                "  'images create') grep -q TERMINATED $state/vm ;;",
                "  'instance-templates describe')",
                "    [ ! -e $state/forbidden ] || { echo 'no permission' >&2; exit 1; }",
                "    [ -e $state/template ] || { echo 'The resource was not found' >&2; exit 1; } ;;",
                "esac");
    }

    private void command(String name, String... lines) throws IOException {
        BootVm.script(
                commands.resolve(name),
                "state='" + state + "'",
                "echo \"" + name + " $*\" >> $state/calls",
                String.join("\n", lines));
    }

    private void state(String name, String text) throws IOException {
        Files.writeString(state.resolve(name), text + "\n");
    }

    private List<String> calls(String start) throws IOException {
        Path file = state.resolve("calls");
        List<String> calls = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return calls.stream().filter(call -> call.startsWith(start)).toList();
    }

    private String run(String script, List<String> arguments) throws Exception {
        List<String> line =
                new ArrayList<>(List.of("bash", SCRIPTS.resolve(script).toString()));
        line.addAll(arguments);
        var builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().keySet().retainAll(List.of("PATH"));
        builder.environment().merge("PATH", commands + ":", (path, before) -> before + path);
        Process process = builder.start();
        String log = Programs.output(process);
        return log + "\nexit code " + process.waitFor();
    }

    private List<String> image(String platform, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--project", "acme-ci", "--zone", "us-east1-c"));
        arguments.addAll(List.of("--family", "gpu-runner", "--platform", platform));
        arguments.addAll(List.of("--base-family", "debian-12", "--base-project", "debian-cloud"));
        arguments.addAll(List.of("--runner-version", "2.336.0", "--runner-sha256", DIGEST));
        arguments.addAll(List.of(more));
        return arguments;
    }

    @Test
    @DisplayName("An image is made of a VM that said it was done and was stopped, and the VM is deleted")
    void linux() throws Exception {
        state("word", "done");
        Path own = Files.writeString(folder.resolve("own.sh"), "true");
        assertThat(run("make-image.sh", image("linux", "--script", own.toString(), "--gpu", "nvidia-tesla-t4")))
                .contains("made gpu-runner-20261126-101112")
                .endsWith("exit code 0");
        assertThat(calls("gcloud compute instances create"))
                .singleElement()
                .asString()
                .contains(
                        "paddock-image-gpu-runner",
                        "paddock-runner-version=2.336.0,paddock-runner-sha256=" + DIGEST,
                        "startup-script=" + SCRIPTS.resolve("linux-image.sh") + ",paddock-image-script=" + own,
                        "--accelerator=type=nvidia-tesla-t4,count=1",
                        "--max-run-duration=120m --instance-termination-action=DELETE",
                        "--no-service-account");
        assertThat(calls("gcloud compute images create"))
                .singleElement()
                .asString()
                .contains("--family=gpu-runner", "--source-disk=paddock-image-gpu-runner", "=2-336-0");
        assertThat(state.resolve("vm")).doesNotExist();
    }

    @Test
    @DisplayName("A Windows VM is not stopped: it generalizes, stops itself, and is waited for")
    void windows() throws Exception {
        state("word", "done");
        state("generalizes", "");
        assertThat(run("make-image.sh", image("windows"))).endsWith("exit code 0");
        assertThat(calls("gcloud compute instances create").get(0))
                .contains("windows-startup-script-ps1=" + SCRIPTS.resolve("windows-image.ps1"));
        assertThat(calls("gcloud compute instances stop")).isEmpty();

        Files.delete(state.resolve("generalizes"));
        assertThat(run("make-image.sh", image("windows")))
                .contains("does not stop")
                .endsWith("exit code 1");
        assertThat(calls("gcloud compute images create")).hasSize(1);
        assertThat(state.resolve("vm")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"failed:the runner's digest is another, digest", "'', no word of it within 90 minutes"})
    @DisplayName(
            "A build that fails, or says nothing for too long, makes no image, tells its last words, and leaves no VM")
    void failed(String word, String why) throws Exception {
        if (!word.isEmpty()) {
            state("word", word);
        }
        assertThat(run("make-image.sh", image("linux")))
                .contains(why, "Unable to locate package")
                .endsWith("exit code 1");
        assertThat(calls("gcloud compute images create")).isEmpty();
        assertThat(state.resolve("vm")).doesNotExist();
        assertThat(calls("sleep 15").size()).isLessThanOrEqualTo(360);
    }

    @Test
    @DisplayName("Run again it first removes what an earlier run left; it deletes nothing where it may not look")
    void again() throws Exception {
        state("vm", "RUNNING");
        state("word", "done");
        assertThat(run("make-image.sh", image("linux")))
                .contains("which an earlier run left")
                .endsWith("exit code 0");
        assertThat(calls("gcloud compute instances delete")).hasSize(2);

        Files.delete(state.resolve("calls"));
        state("forbidden", "");
        assertThat(run("make-image.sh", image("linux")))
                .contains("no permission")
                .endsWith("exit code 1");
        assertThat(calls("gcloud compute instances delete")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--project", "--zone", "--family", "--platform", "--base-family", "--runner-sha256"})
    @DisplayName("What is missing is named before anything is asked")
    void missing(String option) throws Exception {
        List<String> arguments = image("linux");
        int at = arguments.indexOf(option);
        arguments.subList(at, at + 2).clear();
        assertThat(run("make-image.sh", arguments)).contains(option).endsWith("exit code 64");
        assertThat(calls("gcloud")).isEmpty();
    }

    @Test
    @DisplayName(
            "SLANG-W45, SLANG-W33: a template takes the family's newest image, gives jobs no account, and deletes its disk")
    void template() throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--project", "acme-ci", "--name", "linux-gpu-runner"));
        arguments.addAll(List.of("--family", "gpu-runner", "--gpu", "nvidia-tesla-t4", "--spot", "yes"));
        assertThat(run("make-template.sh", arguments)).endsWith("exit code 0");
        assertThat(calls("gcloud compute instance-templates create"))
                .singleElement()
                .asString()
                .contains(
                        "linux-gpu-runner --project=acme-ci",
                        "--image-family=gpu-runner --image-project=acme-ci",
                        "--boot-disk-auto-delete",
                        "--maintenance-policy=TERMINATE --no-restart-on-failure",
                        "--metadata=enable-guest-attributes=TRUE",
                        "--accelerator=type=nvidia-tesla-t4,count=1",
                        "--no-service-account --no-scopes",
                        "--provisioning-model=SPOT",
                        "--no-address");

        state("template", "");
        assertThat(run("make-template.sh", arguments))
                .contains("is there, and stays")
                .endsWith("exit code 0");
        state("forbidden", "");
        assertThat(run("make-template.sh", arguments)).contains("no permission").endsWith("exit code 1");
        assertThat(calls("gcloud compute instance-templates create")).hasSize(1);
    }
}
