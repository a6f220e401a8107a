package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** On a healthy host with one change, a row of the doctor's report is such. */
record HostRow(String id, String given, Change change, Status status, String observed, String required, String remedy) {
    /** What no command prints. */
    static final String GARBAGE = "\u0007%&/ ~~ \u001b[31m ?;? {\"\n\0=\n";

    /** What is different from a healthy host. */
    interface Change {
        void to(HealthyHost host) throws IOException;
    }

    void check(Path root) throws IOException {
        HealthyHost host = new HealthyHost(root);
        change.to(host);
        HostCheckResult result = host.result(id);
        assertThat(result.status()).as(result.toString()).isEqualTo(status);
        assertThat(result.observed()).contains(observed);
        assertThat(result.required()).contains(required);
        assertThat(result.remedy()).contains(remedy);
        if (status == Status.PASS || status == Status.SKIPPED) {
            assertThat(result.remedy()).isEmpty();
        } else {
            assertThat(remedy).as("a remedy of %s to look for", id).isNotEmpty();
        }
    }

    @Override
    public String toString() {
        return id + " is " + status + ": " + given;
    }

    /** Rows that are written one after another. */
    static final class Rows {
        final List<HostRow> all = new ArrayList<>();
        private String id = "";
        private String required = "";

        Rows of(String id, String required) {
            this.id = id;
            this.required = required;
            return this;
        }

        private Rows add(String given, Change change, Status status, String observed, String remedy) {
            String wanted = status == Status.SKIPPED ? "" : required;
            all.add(new HostRow(id, given, change, status, observed, wanted, remedy));
            return this;
        }

        Rows pass(String given, Change change, String observed) {
            return add(given, change, Status.PASS, observed, "");
        }

        Rows warn(String given, Change change, String observed, String remedy) {
            return add(given, change, Status.WARN, observed, remedy);
        }

        Rows fail(String given, Change change, String observed, String remedy) {
            return add(given, change, Status.FAIL, observed, remedy);
        }

        Rows unknown(String given, Change change, String observed, String remedy) {
            return add(given, change, Status.UNKNOWN, observed, remedy);
        }

        Rows skipped(String given, Change change, String observed) {
            return add(given, change, Status.SKIPPED, observed, "");
        }

        /** The command is not there, does not end, or prints what nobody understands. */
        Rows unreadable(String command, String remedy) {
            return unknown(command + " is missing", host -> host.answers.remove(command), "no ", remedy)
                    .silent(command, remedy);
        }

        /** The same where a command that is not there is an answer. */
        Rows silent(String command, String remedy) {
            Result late = Result.none(Outcome.TIMED_OUT, "no end within 8 s");
            return unknown(command + " does not end", host -> host.answers.put(command, late), "no end", remedy)
                    .unknown(command + " prints garbage", host -> host.prints(command, GARBAGE), "", remedy);
        }
    }
}
