package dev.paddock.testkit.conformance;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.MessageQuarantined;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Every fault a listener is to survive: on each route it calls, and what must come of it where that is prescribed. */
final class FaultCases {
    /** What a listener calls, and the runners' registrations with it. */
    static final List<Route> CALLED = List.of(
            Route.REGISTRATION_TOKEN,
            Route.RUNNER_REGISTRATION,
            Route.RUNNER_GROUPS,
            Route.LIST_SCALE_SETS,
            Route.CREATE_SCALE_SET,
            Route.UPDATE_SCALE_SET,
            Route.OPEN_SESSION,
            Route.REFRESH_SESSION,
            Route.CLOSE_SESSION,
            Route.POLL,
            Route.DELETE_MESSAGE,
            Route.ACQUIRE_JOBS,
            Route.GENERATE_JIT_CONFIG,
            Route.LIST_RUNNERS,
            Route.DELETE_RUNNER);

    private static final Consumer<ListenerFaultsConformance> NOTHING_MORE = test -> {};
    private static final String RUNTIME = "GitHub.Actions.Runtime.WebApi.";

    private FaultCases() {}

    /** A fault on a route, once, and what must have happened when the listener is over it. */
    record Case(Route route, Fault fault, Consumer<ListenerFaultsConformance> outcome) {
        @Override
        public String toString() {
            String text = fault.toString();
            return route + " " + (text.length() > 100 ? text.substring(0, 100) + "…" : text);
        }
    }

    /** What can strike any call. */
    static List<Fault> anywhere() {
        var faults = new ArrayList<Fault>();
        for (int status : new int[] {400, 401, 403, 404, 408, 409, 429, 500, 501, 502, 503, 504}) {
            faults.add(Fault.status(status));
        }
        faults.add(Fault.serviceError(500, RUNTIME + "SomethingNewException, x", "unexpected"));
        faults.add(Fault.status(503, "try again"));
        faults.add(Fault.brokerError(400, "RunnerSessionInvalid", "invalid"));
        faults.add(Fault.restError(403, "You have exceeded a secondary rate limit."));
        faults.add(Fault.page(502));
        faults.add(Fault.restError(500, "behind a mark").withByteOrderMark());
        faults.add(Fault.status(200, ""));
        faults.add(Fault.status(200, "null"));
        faults.add(Fault.retryAfter(ofSeconds(7)));
        faults.add(Fault.retryAfterDate(ofSeconds(7)));
        faults.add(Fault.loseReply());
        faults.add(Fault.reset());
        faults.add(Fault.delay(ofSeconds(3)));
        faults.add(Fault.delay(ofSeconds(90)));
        faults.add(Fault.hang());
        faults.add(Fault.slowBody(ofMillis(500)));
        faults.add(Fault.slowBody(ofSeconds(60)));
        faults.add(Fault.endlessBody());
        faults.add(Fault.cutBody());
        faults.add(Fault.duplicate());
        faults.add(Fault.replaceBody(""));
        faults.add(Fault.replaceBody("null"));
        faults.add(Fault.byteOrderMark());
        return faults;
    }

    /** What is over in a moment of real time, on the routes where a lost answer costs no more than that. */
    static List<Case> quick() {
        var cases = new ArrayList<Case>();
        List<Fault> quick = List.of(
                Fault.status(500),
                Fault.status(503, "try again"),
                Fault.page(502),
                Fault.restError(500, "behind a mark").withByteOrderMark(),
                Fault.reset(),
                Fault.loseReply(),
                Fault.delay(ofMillis(30)),
                Fault.slowBody(ofMillis(10)),
                Fault.cutBody(),
                Fault.byteOrderMark());
        for (Route route : List.of(
                Route.RUNNER_REGISTRATION,
                Route.CREATE_SCALE_SET,
                Route.REFRESH_SESSION,
                Route.POLL,
                Route.DELETE_MESSAGE,
                Route.GENERATE_JIT_CONFIG)) {
            for (Fault fault : quick) {
                cases.add(new Case(route, fault, NOTHING_MORE));
            }
        }
        return cases;
    }

    static List<Case> everywhere() {
        var cases = new ArrayList<Case>();
        for (Route route : CALLED) {
            for (Fault fault : anywhere()) {
                cases.add(new Case(route, fault, NOTHING_MORE));
            }
        }
        return cases;
    }

    /** What the reference prescribes beyond going on. */
    static List<Case> prescribed() {
        var cases = new ArrayList<Case>();
        polls(cases);
        sessions(cases);
        lists(cases);
        return cases;
    }

    private static void polls(List<Case> cases) {
        add(cases, Route.POLL, Fault.nullStatistics(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.noStatistics(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.staleStatistics(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.unknownElement(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.brokenElement(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.byteOrderMark(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.ignoreCapacity(), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.slowBody(ofMillis(500)), FaultCases::undisturbed);
        add(cases, Route.POLL, Fault.unknownMessage(), test -> {
            assertThat(test.probe().events)
                    .filteredOn(MessageQuarantined.class::isInstance)
                    .hasSize(1);
            assertThat(test.probe().states).doesNotContain(SourceState.BACKOFF);
        });
        add(cases, Route.POLL, Fault.duplicate(), test -> {
            undisturbed(test);
            assertThat(test.acknowledged()).as("the message twice").hasSizeGreaterThan(test.distinctAcknowledged());
        });
        add(cases, Route.DELETE_MESSAGE, Fault.duplicate(), test -> {
            undisturbed(test);
            assertThat(test.acknowledged()).as("the message twice").hasSizeGreaterThan(test.distinctAcknowledged());
        });
        add(cases, Route.POLL, Fault.reorder(), test -> {
            undisturbed(test);
            assertThat(test.acknowledged())
                    .as("every message, in the order they came")
                    .hasSize(test.distinctAcknowledged());
        });
        for (String nothing : new String[] {"", "null"}) {
            add(cases, Route.POLL, Fault.status(200, nothing), test -> backsOffFor(test, ofSeconds(5)));
        }
        add(cases, Route.POLL, Fault.retryAfter(ofSeconds(40)), test -> backsOffFor(test, ofSeconds(40)));
        add(cases, Route.POLL, Fault.retryAfterDate(ofSeconds(40)), test -> backsOffFor(test, ofSeconds(40)));
        add(cases, Route.POLL, Fault.status(400, "capacity error"), test -> opened(test, 1));
        add(cases, Route.POLL, Fault.status(404), test -> opened(test, 2));
        add(cases, Route.POLL, Fault.status(401), test -> {
            opened(test, 1);
            assertThat(test.requests(Route.REFRESH_SESSION)).hasSize(1);
        });
        add(
                cases,
                Route.POLL,
                Fault.serviceError(404, RUNTIME + "RunnerScaleSetNotFoundException, x", "No runner scale set found"),
                test -> {
                    assertThat(test.requests(Route.LIST_SCALE_SETS))
                            .filteredOn(request -> request.query().contains("name="))
                            .hasSize(2);
                    assertThat(test.requests(Route.CREATE_SCALE_SET))
                            .as("it is there, whatever was said")
                            .hasSize(1);
                });
        for (Fault silent : List.of(Fault.hang(), Fault.endlessBody())) {
            add(cases, Route.POLL, silent, test -> {
                RecordedRequest struck = test.struck();
                assertThat(Duration.between(struck.at(), test.pollAfter(struck).at()))
                        .as("the watchdog ends a poll that is silent")
                        .isBetween(ofSeconds(100), ofSeconds(130));
                opened(test, 1);
            });
        }
    }

    private static void sessions(List<Case> cases) {
        add(cases, Route.OPEN_SESSION, Fault.sessionConflict(), test -> {
            assertThat(test.probe().states).contains(SourceState.CONFLICT).doesNotContain(SourceState.BACKOFF);
            opened(test, 2);
        });
        for (Fault unusable : List.of(Fault.noQueueUrl(), Fault.nullStatistics(), Fault.noStatistics())) {
            add(cases, Route.OPEN_SESSION, unusable, test -> {
                opened(test, 2);
                assertThat(test.requests(Route.CLOSE_SESSION))
                        .as("the session that cannot be used is not left open")
                        .hasSize(1);
                assertThat(test.probe().states).contains(SourceState.BACKOFF).doesNotContain(SourceState.CONFLICT);
            });
        }
        add(cases, Route.OPEN_SESSION, Fault.staleStatistics(), FaultCases::undisturbed);
        for (Route route : List.of(Route.RUNNER_REGISTRATION, Route.OPEN_SESSION, Route.REFRESH_SESSION)) {
            add(cases, route, Fault.noExpiry(), FaultCases::undisturbed);
        }
        add(cases, Route.REFRESH_SESSION, Fault.noQueueUrl(), NOTHING_MORE);
        add(
                cases,
                Route.REFRESH_SESSION,
                Fault.serviceError(404, RUNTIME + "RunnerAdminException, x", "Session was not found."),
                test -> opened(test, 2));
        add(
                cases,
                Route.REFRESH_SESSION,
                Fault.serviceError(400, RUNTIME + "RunnerScaleSetSessionExpiredException, x", "not valid"),
                test -> opened(test, 2));
    }

    private static void lists(List<Case> cases) {
        for (int by : new int[] {-1, 1}) {
            for (Route route :
                    List.of(Route.RUNNER_GROUPS, Route.LIST_SCALE_SETS, Route.ACQUIRE_JOBS, Route.LIST_RUNNERS)) {
                add(
                        cases,
                        route,
                        Fault.wrongCount(by),
                        test -> assertThat(test.requests(Route.CREATE_SCALE_SET))
                                .hasSizeLessThanOrEqualTo(1));
            }
        }
    }

    private static void add(List<Case> cases, Route route, Fault fault, Consumer<ListenerFaultsConformance> outcome) {
        cases.add(new Case(route, fault, outcome));
    }

    /** Nobody would have noticed. */
    private static void undisturbed(ListenerFaultsConformance test) {
        assertThat(test.probe().states).containsExactly(SourceState.CONNECTING, SourceState.CONNECTED);
        assertThat(test.assignedJobs()).doesNotHaveDuplicates().containsAll(test.provoked());
        opened(test, 1);
    }

    private static void opened(ListenerFaultsConformance test, int sessions) {
        assertThat(test.requests(Route.OPEN_SESSION)).hasSize(sessions);
    }

    private static void backsOffFor(ListenerFaultsConformance test, Duration least) {
        RecordedRequest struck = test.struck();
        assertThat(Duration.between(struck.at(), test.pollAfter(struck).at())).isBetween(least, least.plusSeconds(60));
        assertThat(test.probe().states).contains(SourceState.BACKOFF);
        opened(test, 1);
    }
}
