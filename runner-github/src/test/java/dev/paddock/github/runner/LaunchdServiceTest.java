package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.github.runner.RunnerService.Change;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** The property list as text, and what launchctl is told; a script stands in for it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LaunchdServiceTest {
    private static final String TARGET = "system/" + ServiceFixture.NAME;

    @TempDir
    private Path root;

    private ServiceFixture fixture;
    private String user;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServiceFixture(root);
        if (fixture.owner().equals("root")) { // as whom no runner may run
            fixture.give("daemon");
        }
        user = fixture.owner();
        fixture.program(
                "launchctl",
                "loaded=" + root + "/loaded",
                "case $1 in",
                "print) [ -e $loaded ] || { echo 'Could not find service'; exit 113; }; cat $loaded ;;",
                "bootstrap) printf '\\tstate = running\\n\\tpid = 41\\n\\tlast exit code = (never exited)\\n' >$loaded ;;",
                "bootout) rm $loaded ;;",
                "esac");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private LaunchdService.Builder builder() {
        return LaunchdService.builder(fixture.folder, user)
                .scheduler(fixture.scheduler)
                .daemons(fixture.units)
                .launchctl(root.resolve("launchctl").toString());
    }

    private LaunchdService service() {
        return builder().build();
    }

    @Test
    @DisplayName("The property list is well-formed and names folder, user and umask")
    void text() throws Exception {
        String text = service().definition();
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        var strings = factory.newDocumentBuilder()
                .parse(new InputSource(new StringReader(text)))
                .getElementsByTagName("string");
        assertThat(strings.item(0).getTextContent()).isEqualTo(ServiceFixture.NAME);
        assertThat(strings.item(1).getTextContent()).isEqualTo(fixture.folder + "/runsvc.sh");
        assertThat(strings.item(2).getTextContent()).isEqualTo(user);
        assertThat(text).contains("<key>Umask</key>\n    <integer>63</integer>");
    }

    @Test
    @DisplayName("What XML would read as something else is escaped")
    void escaped() throws Exception {
        Path odd = Files.createDirectories(root.resolve("a<b&c"));
        Files.copy(fixture.folder.resolve(".runner"), odd.resolve(".runner"));
        assertThat(LaunchdService.builder(odd, "gha")
                        .scheduler(fixture.scheduler)
                        .build()
                        .definition())
                .contains("a&lt;b&amp;c/runsvc.sh</string>");
    }

    @Test
    @DisplayName("It is installed as a file, made known and started, asked, restarted, stopped and uninstalled")
    void life() throws IOException {
        LaunchdService service = service();
        assertThat(await(service.status()).isInstalled()).isFalse();
        assertThat(await(service.install())).isEqualTo(Change.INSTALLED);
        assertThat(await(service.install())).isEqualTo(Change.UNCHANGED);
        assertThat(service.file()).content().isEqualTo(service.definition());
        assertThat(fixture.folder.resolve(".service")).content().isEqualTo(service.file() + "\n");
        assertThat(service().name()).isEqualTo(ServiceFixture.NAME);
        assertThat(await(service.status()).state()).isEqualTo(ServiceStatus.State.STOPPED);

        fixture.forgetCalls();
        ServiceStatus running = await(service.start());
        assertThat(running.isRunning()).isTrue();
        assertThat(running.pid()).hasValue(41);
        await(service.start());
        await(service.restart());
        assertThat(await(service.stop()).state()).isEqualTo(ServiceStatus.State.STOPPED);
        await(service.stop());
        assertThat(fixture.calls().stream().filter(call -> !call.startsWith("launchctl print")))
                .containsExactly(
                        "launchctl bootstrap system " + service.file(),
                        "launchctl kickstart " + TARGET,
                        "launchctl kickstart -k " + TARGET,
                        "launchctl bootout " + TARGET);

        assertThat(await(service.uninstall())).isTrue();
        assertThat(await(service.uninstall())).isFalse();
        assertThat(fixture.units).isEmptyDirectory();
        assertThat(fixture.folder.resolve(".service")).doesNotExist();
    }

    @Test
    @DisplayName("One that does not run and whose last exit was bad has failed")
    void failed() throws IOException {
        Files.writeString(
                root.resolve("loaded"), "\tstate = not running\n\tlast exit code = 78: EX_CONFIG\n\tstate = active\n");
        ServiceStatus status = await(service().status());
        assertThat(status.isFailed()).isTrue();
        assertThat(status.exitStatus()).hasValue(78);
        Files.writeString(root.resolve("loaded"), "\tstate = not running\n\tlast exit code = 0\n");
        assertThat(await(service().status()).state()).isEqualTo(ServiceStatus.State.STOPPED);
    }

    @Test
    @DisplayName(
            "Another property list of that name is replaced only if that is asked for; a folder of others is refused")
    void refused() throws IOException {
        Files.writeString(fixture.units.resolve(ServiceFixture.NAME + ".plist"), "something else");
        assertThat(failure(service().install())).hasMessageContaining("says something else");
        assertThat(await(builder().replace().build().install())).isEqualTo(Change.REPLACED);
        ServiceFixture.permit(fixture.folder, "rwxrwxrwx");
        assertThat(failure(service().install())).hasMessageContaining("others may write");
        assertThatThrownBy(() -> LaunchdService.builder(fixture.folder, "root")
                        .scheduler(fixture.scheduler)
                        .build())
                .hasMessageContaining("so would be every job");
    }

    @Test
    @DisplayName("The log is the end of the file that it writes to")
    void logs() throws IOException {
        assertThat(await(service().logs(10))).isEmpty();
        Files.createDirectories(fixture.folder.resolve("_diag"));
        Files.write(fixture.folder.resolve("_diag/service.log"), List.of("one", "two", "three"));
        assertThat(await(service().logs(2))).containsExactly("two", "three");
    }

    @Test
    @DisplayName("RL-A53: on macOS too the service goes before the registration")
    void remove() throws IOException {
        await(service().install());
        Files.createFile(root.resolve("loaded"));
        ServiceFixture.script(
                fixture.folder.resolve("config.sh"),
                "[ ! -e .service ] || exit 1; echo \"config.sh $* ${#ACTIONS_RUNNER_INPUT_TOKEN}\" >>" + fixture.calls);
        String su = fixture.program("su", "[ $2 = " + user + " ] && sh -c \"$4\"");
        await(builder().su(su).build().remove(ServiceFixture.token()));
        assertThat(fixture.calls())
                .containsSubsequence("launchctl bootout " + TARGET, "config.sh remove " + ServiceFixture.TOKEN.length())
                .noneMatch(call -> call.contains(ServiceFixture.TOKEN));
    }
}
