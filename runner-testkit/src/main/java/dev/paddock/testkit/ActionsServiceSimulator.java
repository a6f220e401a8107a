package dev.paddock.testkit;

import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.internal.actions.ActionsEngine;
import dev.paddock.testkit.internal.actions.Server;
import dev.paddock.testkit.internal.actions.Settings;
import dev.paddock.testkit.internal.http.LoopbackFace;
import dev.paddock.testkit.internal.http.SimulatedHttpClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * GitHub's side of Actions on this machine: the runner scale-set service with its sessions and its long-polled queue,
 * the REST calls about runners, runs and variables, and webhooks, with a job engine behind them. It is strict: what no
 * correct client sends is refused with a clear text and recorded as a violation.
 *
 * <p>It has two faces. {@link Builder#start()} listens on 127.0.0.1 in real time. {@link Builder#inMemory} lives in
 * {@link VirtualTime} and is reached through {@link #httpClient}. Runner groups, scale sets and runners form one name
 * space whatever the config URL names, though REST lists runners where they belong; jobs go to the first scale set
 * that has all their labels, and else to a runner registered by REST that has them.
 *
 * <p>Thread-safe, except in virtual time, which belongs to one thread. Whoever started it closes it.
 */
public final class ActionsServiceSimulator implements AutoCloseable {
    private static final String IN_MEMORY = "127.0.0.1:1";

    private final ActionsEngine engine;
    private final String url;
    private final Duration latency;
    private final @Nullable VirtualTime time;
    private final List<Runnable> closers = new ArrayList<>();

    private ActionsServiceSimulator(
            ActionsEngine engine, String url, Duration latency, @Nullable VirtualTime time, List<Runnable> closers) {
        this.engine = engine;
        this.url = url;
        this.latency = latency;
        this.time = time;
        this.closers.addAll(closers);
    }

    /**
     * Begins a simulator.
     *
     * @return a builder that starts with github.com's ways: the direct flow, a long poll of 50 s
     */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return where it is: scheme, host and port, without a slash at the end} */
    public String url() {
        return url;
    }

    /**
     * What a client is configured with.
     *
     * @param path an organization, or owner and repository, or {@code enterprises/} and a name
     * @return the config URL
     */
    public String configUrl(String path) {
        return url + "/" + path;
    }

    /**
     * A client on a host of the virtual time: answers reach only the life of the host that asked, what was sent takes
     * effect even if the host crashes. Only {@code sendAsync} works. It never times out by itself unless the request
     * says so.
     *
     * @param host where the client runs
     * @return the client
     * @throws IllegalStateException if this simulator listens on a port
     */
    public HttpClient httpClient(VirtualTime.Host host) {
        if (time == null) {
            throw new IllegalStateException("this simulator listens at " + url + ": use an ordinary HttpClient");
        }
        return new SimulatedHttpClient(time, Objects.requireNonNull(host, "host"), IN_MEMORY, latency, engine);
    }

    /**
     * Queues the jobs of a workflow.
     *
     * @param workflow the workflow
     * @return the run's id
     */
    public long submit(Workflow workflow) {
        return engine.submit(Objects.requireNonNull(workflow, "workflow"));
    }

    /**
     * Lets a workflow be dispatched by REST; until then a dispatch finds no {@code workflow_dispatch} in it. If it has a
     * schedule, its runs begin by that too.
     *
     * @param workflow the workflow; replaces one of the same name and repository
     * @param inputs the inputs it declares
     */
    public void dispatchable(Workflow workflow, String... inputs) {
        engine.dispatchable(Objects.requireNonNull(workflow, "workflow"), List.of(inputs));
    }

    /**
     * Tells a URL of jobs, by POST from threads of the simulator's own.
     *
     * @param url where to; on this machine, unless you mean it
     * @param secret signs the deliveries; empty for none
     * @return the hook; its {@code ping} is on the way
     * @throws IllegalStateException if this simulator lives in virtual time
     */
    public Webhook webhook(URI url, String secret) {
        return engine.webhook(Objects.requireNonNull(url, "url"), Objects.requireNonNull(secret, "secret"));
    }

    /**
     * Tells a receiver in this JVM of jobs, in virtual time too.
     *
     * @param receiver takes the deliveries
     * @param secret signs them; empty for none
     * @return the hook; its {@code ping} is on the way
     */
    public Webhook webhook(Webhook.Receiver receiver, String secret) {
        return engine.webhook(Objects.requireNonNull(receiver, "receiver"), Objects.requireNonNull(secret, "secret"));
    }

    /**
     * Cancels a job. One that runs ends when its runner hears of it; one that is over stays as it is.
     *
     * @param jobId the job
     * @throws IllegalArgumentException if there is no such job
     */
    public void cancel(String jobId) {
        engine.cancel(jobId);
    }

    /**
     * Queues a job that is over once more, as a new attempt with a new id. Jobs that need it are left as they are.
     *
     * @param jobId the job
     * @return the new attempt
     * @throws IllegalArgumentException if there is no such job
     * @throws IllegalStateException if the job is not over
     */
    public JobRecord rerun(String jobId) {
        return engine.rerun(jobId);
    }

    /**
     * Releases a newer version of the runner program: from now on lists and downloads have it and no older one.
     *
     * @param version such as {@code 2.331.0}
     * @param platform as {@link RestOptions#runnerPackage} has them; the others have an address that leads nowhere
     * @param archive what is in its file; copied
     */
    public void releaseRunner(String version, String platform, byte[] archive) {
        engine.releaseRunner(
                RestOptions.checkedVersion(version), RestOptions.checkedPlatform(platform), archive.clone());
    }

    /** {@return all jobs ever queued, in the order queued} */
    public List<JobRecord> jobs() {
        return engine.jobs();
    }

    /** {@return the runners registered now, by id} */
    public List<RegistrationRecord> registrations() {
        return engine.registrations();
    }

    /** {@return the sessions alive now, by scale set} */
    public List<SessionRecord> sessions() {
        return engine.sessions();
    }

    /** {@return the scale sets there are now, by id} */
    public List<ScaleSetRecord> scaleSets() {
        return engine.scaleSets();
    }

    /** {@return every request received, in order} */
    public List<RecordedRequest> requests() {
        return engine.requests();
    }

    /** {@return the requests that broke the protocol, in order: a test of a client should find none} */
    public List<RecordedRequest> violations() {
        return requests().stream()
                .filter(request -> request.violation().isPresent())
                .toList();
    }

    /** {@return what goes wrong, with requests and behind a client's back: a plan to be added to} */
    public Faults faults() {
        return engine.faults();
    }

    /**
     * A runner in memory: it connects with the JIT configuration it is given, takes one job, waits as long as its
     * steps take, reports and exits 0. If it is killed, the lease of its job runs out.
     *
     * @return the program for the machines of a fake provider
     */
    public MachineProgram runnerProgram() {
        return engine.runnerProgram();
    }

    /** Stops answering and ends the threads. Idempotent. */
    @Override
    public void close() {
        engine.close();
        closers.forEach(Runnable::run);
    }

    /** Builds a simulator. Not thread-safe. */
    public static final class Builder {
        private Duration longPoll = Duration.ofSeconds(50);
        private Duration assignTimeout = Duration.ofMinutes(5);
        private Duration runnerLease = Duration.ofMinutes(10);
        private Duration sessionTtl = Duration.ofMinutes(2);
        private Duration adminTokenLifetime = Duration.ofMinutes(10);
        private Duration queueTokenLifetime = Duration.ofMinutes(50);
        private Duration latency = Duration.ofMillis(10);
        private Flow flow = Flow.DIRECT;
        private boolean lateStarted = true;
        private boolean labelsFixed;
        private boolean redeliverBelowCursor;
        private boolean secondDeleteFails;
        private Server server = Server.hosted();
        private @Nullable SSLContext tls;
        private int port;
        private Optional<String> acceptedToken = Optional.empty();
        private final List<String> runnerGroups = new ArrayList<>();
        private final List<String> droppedLabels = new ArrayList<>();
        private final RestOptions rest = new RestOptions();

        private Builder() {}

        /**
         * How long a poll waits. Default 50 s.
         *
         * @param value positive
         * @return this
         */
        public Builder longPoll(Duration value) {
            longPoll = Bounds.positive("longPoll", value);
            return this;
        }

        /**
         * How long an assigned job waits for a runner before it is canceled and offered again. Default 5 min.
         *
         * @param value positive
         * @return this
         */
        public Builder assignTimeout(Duration value) {
            assignTimeout = Bounds.positive("assignTimeout", value);
            return this;
        }

        /**
         * How long a runner may be silent before it is lost and its job abandoned. Default 10 min.
         *
         * @param value positive
         * @return this
         */
        public Builder runnerLease(Duration value) {
            runnerLease = Bounds.positive("runnerLease", value);
            return this;
        }

        /**
         * How long a session lives without a poll. Default 2 min.
         *
         * @param value positive
         * @return this
         */
        public Builder sessionTtl(Duration value) {
            sessionTtl = Bounds.positive("sessionTtl", value);
            return this;
        }

        /**
         * How long an admin token is good. Default 10 min.
         *
         * @param value positive
         * @return this
         */
        public Builder adminTokenLifetime(Duration value) {
            adminTokenLifetime = Bounds.positive("adminTokenLifetime", value);
            return this;
        }

        /**
         * How long a queue token is good. Default 50 min.
         *
         * @param value positive
         * @return this
         */
        public Builder queueTokenLifetime(Duration value) {
            queueTokenLifetime = Bounds.positive("queueTokenLifetime", value);
            return this;
        }

        /**
         * How jobs come to a scale set. Default {@link Flow#DIRECT}.
         *
         * @param value the flow
         * @return this
         */
        public Builder flow(Flow value) {
            flow = Objects.requireNonNull(value, "flow");
            return this;
        }

        /**
         * Behaves like a GitHub Enterprise Server: the flow is {@link Flow#ACQUIRE}, messages are numbered from 1 in
         * each session, its services live below {@code /_services}. Before 3.21 scale sets keep no label but their
         * name, before 3.9 there are none and their paths are answered 404 without a body.
         *
         * @param version such as {@code 3.14}
         * @return this
         */
        public Builder ghes(String version) {
            server = Server.enterprise(version);
            return flow(Flow.ACQUIRE);
        }

        /**
         * Whether the start and the end of a job wait for the next poll instead of waking the one that waits, as on
         * github.com. Default true.
         *
         * @param value false to wake at once
         * @return this
         */
        public Builder lateStarted(boolean value) {
            lateStarted = value;
            return this;
        }

        /**
         * Whether a PATCH leaves the labels of a scale set as they are. Default false.
         *
         * @param value true to ignore changes of labels
         * @return this
         */
        public Builder labelsFixed(boolean value) {
            labelsFixed = value;
            return this;
        }

        /**
         * Whether a message not acknowledged comes again even to a poll whose cursor is past it. Default false.
         *
         * @param value true to redeliver
         * @return this
         */
        public Builder redeliverBelowCursor(boolean value) {
            redeliverBelowCursor = value;
            return this;
        }

        /**
         * Whether deleting a message that is not there is answered 404 instead of 204. Default false.
         *
         * @param value true for 404
         * @return this
         */
        public Builder secondDeleteFails(boolean value) {
            secondDeleteFails = value;
            return this;
        }

        /**
         * The only GitHub token to accept. Default any that is not empty.
         *
         * @param token the token
         * @return this
         */
        public Builder acceptToken(String token) {
            acceptedToken = Optional.of(token);
            return this;
        }

        /**
         * Adds a runner group to the default one; its id is 2, the next one's 3.
         *
         * @param name its name
         * @return this
         */
        public Builder runnerGroup(String name) {
            runnerGroups.add(Objects.requireNonNull(name, "name"));
            return this;
        }

        /**
         * Adds a label that is silently left out of scale sets, as the service does where custom labels are off.
         *
         * @param name the label
         * @return this
         */
        public Builder dropLabel(String name) {
            droppedLabels.add(Objects.requireNonNull(name, "name"));
            return this;
        }

        /**
         * How long a request and its answer travel in virtual time; each takes between half and one and a half of it.
         * Default 10 ms. The loopback face adds nothing.
         *
         * @param value not negative
         * @return this
         */
        public Builder latency(Duration value) {
            latency = Bounds.notNegative("latency", value);
            return this;
        }

        /**
         * How GitHub's REST side behaves: Apps, rate limits, releases.
         *
         * @param options sets what differs from the defaults
         * @return this
         */
        public Builder rest(Consumer<RestOptions> options) {
            options.accept(rest);
            return this;
        }

        /**
         * The port to listen on. Default 0: any that is free.
         *
         * @param value 0 to 65535
         * @return this
         */
        public Builder port(int value) {
            port = Bounds.within("port", value, 0, 65535);
            return this;
        }

        /**
         * Serves https. Only {@link #start} can.
         *
         * @param context with the key and the certificate of 127.0.0.1
         * @return this
         */
        public Builder tls(SSLContext context) {
            tls = Objects.requireNonNull(context, "context");
            return this;
        }

        /**
         * Listens on 127.0.0.1 in real time, with a few daemon threads of its own.
         *
         * @return the simulator; the caller closes it
         * @throws java.io.UncheckedIOException if the port is taken
         */
        public ActionsServiceSimulator start() {
            LoopbackFace face = LoopbackFace.bind("actions-simulator", port, tls);
            SystemScheduler scheduler = Scheduler.system("actions-simulator");
            var engine = new ActionsEngine(settings(), scheduler, face.url());
            face.serve(engine);
            return new ActionsServiceSimulator(
                    engine, face.url(), latency, null, List.of(face::close, scheduler::close));
        }

        /**
         * Lives in virtual time, without a socket.
         *
         * @param time the time
         * @return the simulator; there is no need to close it
         * @throws IllegalStateException if it is to serve https
         */
        public ActionsServiceSimulator inMemory(VirtualTime time) {
            if (tls != null) {
                throw new IllegalStateException("there is no TLS without a socket: leave out tls, or start()");
            }
            String url = "http://" + IN_MEMORY;
            var engine = new ActionsEngine(settings(), time.network(), url);
            return new ActionsServiceSimulator(engine, url, latency, time, List.of());
        }

        private Settings settings() {
            return new Settings(
                    longPoll,
                    assignTimeout,
                    runnerLease,
                    sessionTtl,
                    adminTokenLifetime,
                    queueTokenLifetime,
                    flow,
                    lateStarted,
                    labelsFixed,
                    redeliverBelowCursor,
                    secondDeleteFails,
                    acceptedToken,
                    List.copyOf(runnerGroups),
                    List.copyOf(droppedLabels),
                    server,
                    rest.settings());
        }
    }
}
