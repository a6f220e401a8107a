package dev.paddock.testkit;

import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.internal.compute.ComputeEngine;
import dev.paddock.testkit.internal.compute.ComputeSettings;
import dev.paddock.testkit.internal.compute.TemplateSpec;
import dev.paddock.testkit.internal.compute.UsualQuotas;
import dev.paddock.testkit.internal.compute.ZoneSpec;
import dev.paddock.testkit.internal.http.LoopbackFace;
import dev.paddock.testkit.internal.http.SimulatedHttpClient;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Google Compute Engine on this machine: the REST calls about instances and what they need, with zones, quotas and stock
 * behind them, for one project. It is strict: what no correct client sends is refused as Google's API refuses it and
 * recorded as a violation.
 *
 * <p>It has two faces. {@link Builder#start()} listens on 127.0.0.1 in real time. {@link Builder#inMemory} lives in
 * {@link VirtualTime} and is reached through {@link #httpClient}. Operations take their time: an instance is there from
 * the moment its creation is accepted, {@code PROVISIONING}, then {@code STAGING}; it is {@code RUNNING} when the
 * operation is done, and its guest is up, which {@link #onBoot} tells, some time later. Nothing runs in it by itself.
 *
 * <p>Methods that take an instance want its name, or zone, slash and name where another zone has the same name.
 * Thread-safe, except in virtual time, which belongs to one thread. Whoever started it closes it.
 */
public final class ComputeEngineSimulator implements AutoCloseable {
    private static final String IN_MEMORY = "127.0.0.1:2";

    private final ComputeEngine engine;
    private final String url;
    private final Duration latency;
    private final @Nullable VirtualTime time;
    private final List<Runnable> closers;

    private ComputeEngineSimulator(
            ComputeEngine engine, String url, Duration latency, @Nullable VirtualTime time, List<Runnable> closers) {
        this.engine = engine;
        this.url = url;
        this.latency = latency;
        this.time = time;
        this.closers = new CopyOnWriteArrayList<>(closers);
    }

    /**
     * Begins a simulator.
     *
     * @param project the id of its project
     * @return a builder without zones: add one at least
     */
    public static Builder builder(String project) {
        return new Builder(project);
    }

    /** {@return where it is: scheme, host and port, without a slash at the end; what a client's endpoint is set to} */
    public String url() {
        return url;
    }

    /**
     * A client on a host of the virtual time: answers reach only the life of the host that asked, what was sent takes
     * effect even if the host crashes. Only {@code sendAsync} works.
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
     * The metadata server of an instance, which answers while the instance runs: what its guest finds at {@code
     * http://metadata.google.internal}.
     *
     * @param instance which one
     * @return its URL, without a slash at the end; {@code /computeMetadata/v1/} follows
     * @throws IllegalArgumentException if there is no such instance
     */
    public String metadataUrl(String instance) {
        return url + "/vm/" + engine.locate(instance);
    }

    /** {@return the {@code token_uri} of a service account's key file} */
    public String tokenUrl() {
        return url + "/token";
    }

    /** {@return what goes wrong, with requests and operations and behind a client's back: a plan to be added to} */
    public ComputeFaults faults() {
        return engine.faults();
    }

    /** {@return every request received, in order} */
    public List<ComputeRequest> requests() {
        return engine.requests();
    }

    /** {@return the requests that broke the protocol, in order: a test of a client should find none} */
    public List<ComputeRequest> violations() {
        return engine.violations();
    }

    /**
     * How many requests a route received.
     *
     * @param route the route
     * @return their number
     */
    public int count(ComputeRoute route) {
        return engine.count(Objects.requireNonNull(route, "route"));
    }

    /** {@return the instances there are now, in the order made, those that stop or have stopped too} */
    public List<ComputeInstance> instances() {
        return engine.instances();
    }

    /** {@return all operations ever begun, in order} */
    public List<ComputeOperation> operations() {
        return engine.operations();
    }

    /** {@return all quotas, with the most that was ever used of each and how often it was refused} */
    public List<ComputeQuota> quotas() {
        return engine.quotas();
    }

    /**
     * Which instances ever held a JIT configuration in their metadata; those that were never made, for want of stock or
     * quota, do not count. A test should find at most one for each.
     *
     * @return zone, slash and name of its holders, by configuration, which is a secret outside of tests
     */
    public Map<String, List<String>> jitConfigs() {
        return engine.jitConfigs();
    }

    /**
     * Says that an instance runs a job, or no more.
     *
     * @param instance which one
     * @param busy true if it does
     * @throws IllegalArgumentException if there is no such instance
     */
    public void markBusy(String instance, boolean busy) {
        engine.markBusy(instance, busy);
    }

    /** {@return zone, slash and name of instances that a client deleted while they were up and busy, in order} */
    public List<String> busyDeletions() {
        return engine.busyDeletions();
    }

    /**
     * Tells when a guest is up. Called outside of the simulator's monitor, so it may call the simulator.
     *
     * @param listener called with the instance, with its metadata
     */
    public void onBoot(Consumer<ComputeInstance> listener) {
        engine.onBoot(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Tells when a guest that was up begins to go down, whoever ended it.
     *
     * @param listener called with the instance
     */
    public void onEnd(Consumer<ComputeInstance> listener) {
        engine.onEnd(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Runs a program in each guest that boots from now on with a JIT configuration in its metadata, such as {@link
     * ActionsServiceSimulator#runnerProgram}. When it works the instance is busy; when it ends the guest shuts down.
     *
     * @param program the program
     */
    public void runInGuests(MachineProgram program) {
        new GuestPrograms(engine, Objects.requireNonNull(program, "program"));
    }

    /**
     * Boots each guest from now on as Compute Engine boots Linux: the {@code startup-script} of the instance's metadata
     * is run by bash as a process of this machine, with {@code PADDOCK_ROOT}, its disk, and {@code GCE_METADATA_HOST},
     * its metadata server, in its environment. What it writes goes to the serial port; a shutdown ends it by SIGTERM, and
     * after 30 s by SIGKILL. A script that asks for another host than that has the real one: this is no sandbox. Needs
     * bash and {@code env} of GNU's coreutils.
     *
     * @param folder where the disks are made; passable for the user that the script runs programs as
     * @param image what is on them
     * @throws IllegalStateException if this simulator does not listen on a port
     */
    public void bootGuests(Path folder, GuestImage image) {
        if (time != null) {
            throw new IllegalStateException("this simulator is in memory, where no process can ask it: use start()");
        }
        var boots = new GuestBoots(
                engine,
                Objects.requireNonNull(folder, "folder"),
                Objects.requireNonNull(image, "image"),
                instance -> metadataUrl(instance).substring("http://".length()));
        closers.add(boots::close);
    }

    /**
     * Changes how many units of something a zone has. Instances that are there stay.
     *
     * @param zone the zone
     * @param resource as {@link ComputeZone.Builder#stock} has it
     * @param units how many, of which instances already hold some
     * @throws IllegalArgumentException if there is no such zone
     */
    public void setStock(String zone, String resource, int units) {
        engine.setStock(zone, resource, Bounds.within("units", units, 0, Integer.MAX_VALUE));
    }

    /**
     * Changes a quota.
     *
     * @param scope the region; {@code global} for one of the project
     * @param metric such as {@code NVIDIA_T4_GPUS}
     * @param limit the limit from now on
     */
    public void setQuota(String scope, String metric, double limit) {
        engine.setQuota(scope, metric, limit);
    }

    /**
     * Lets others in the project use more of a quota, or less.
     *
     * @param scope the region; {@code global} for one of the project
     * @param metric such as {@code NVIDIA_T4_GPUS}
     * @param by how much more; negative for less
     * @throws IllegalArgumentException if there is no such quota
     */
    public void addUsage(String scope, String metric, double by) {
        engine.usedByOthers(scope, metric, by);
    }

    /**
     * Adds a template, or replaces one.
     *
     * @param template the template
     */
    public void addTemplate(ComputeTemplate template) {
        engine.addTemplate(template.spec());
    }

    /**
     * Deletes a template of the project.
     *
     * @param name its name
     * @throws IllegalArgumentException if there is no such template
     */
    public void removeTemplate(String name) {
        engine.removeTemplate(Optional.empty(), name);
    }

    /**
     * Deletes a template of a region.
     *
     * @param region the region
     * @param name its name
     * @throws IllegalArgumentException if there is no such template
     */
    public void removeTemplate(String region, String name) {
        engine.removeTemplate(Optional.of(region), name);
    }

    /**
     * Takes a spot instance back: it stops, then is terminated or deleted as its termination action says.
     *
     * @param instance which one
     * @throws IllegalArgumentException if there is no such instance, or it is not spot
     * @throws IllegalStateException if it is not running
     */
    public void preempt(String instance) {
        engine.preempt(instance);
    }

    /**
     * Lets a guest shut itself down: the instance stops and stays, terminated.
     *
     * @param instance which one
     * @throws IllegalArgumentException if there is no such instance
     * @throws IllegalStateException if it is not running
     */
    public void guestShutdown(String instance) {
        engine.guestShutdown(instance);
    }

    /**
     * Lets a guest write to its serial port.
     *
     * @param instance which one
     * @param text what
     * @throws IllegalArgumentException if there is no such instance
     */
    public void console(String instance, String text) {
        engine.console(instance, text);
    }

    /**
     * Lets a guest tell an attribute, as it does through its metadata server.
     *
     * @param instance which one
     * @param key name space, slash and key
     * @param value the value
     * @throws IllegalArgumentException if there is no such instance, or the key has no slash
     */
    public void guestAttribute(String instance, String key, String value) {
        if (key.indexOf('/') <= 0) {
            throw new IllegalArgumentException("the key of a guest attribute is name space, slash and key: " + key);
        }
        engine.guestAttribute(instance, key, value);
    }

    /** Stops answering and ends the threads. Idempotent. */
    @Override
    public void close() {
        engine.close();
        closers.forEach(Runnable::run);
    }

    /** Builds a simulator. Not thread-safe. */
    public static final class Builder {
        private final String project;
        private final List<ZoneSpec> zones = new ArrayList<>();
        private final List<TemplateSpec> templates = new ArrayList<>();
        private final Map<String, Map<String, Double>> limits = new TreeMap<>();
        private final Map<String, Map<String, Double>> usage = new TreeMap<>();
        private boolean usualQuotas = true;
        private final ComputeTimes times = new ComputeTimes();
        private final ComputeRules rules = new ComputeRules();
        private Duration latency = Duration.ofMillis(10);
        private int port;

        private Builder(String project) {
            this.project = Objects.requireNonNull(project, "project");
        }

        /**
         * Adds zones as {@link ComputeZone#builder} begins them.
         *
         * @param names such as {@code us-east1-c}
         * @return this
         */
        public Builder zones(String... names) {
            for (String name : names) {
                zone(ComputeZone.builder(name).build());
            }
            return this;
        }

        /**
         * Adds a zone.
         *
         * @param zone the zone
         * @return this
         */
        public Builder zone(ComputeZone zone) {
            zones.add(zone.spec());
            return this;
        }

        /**
         * Adds a template.
         *
         * @param template the template
         * @return this
         */
        public Builder template(ComputeTemplate template) {
            templates.add(template.spec());
            return this;
        }

        /**
         * Sets a quota. Where nothing is said a region has the usual ones: CPUS, INSTANCES, IN_USE_ADDRESSES 500, disks,
         * 8 T4 and 8 L4 on demand and as many spot; the project GPUS_ALL_REGIONS 64 and CPUS_ALL_REGIONS 1000.
         *
         * @param scope the region; {@code global} for one of the project
         * @param metric such as {@code NVIDIA_T4_GPUS}
         * @param limit the limit; from 9e18 on it is written as Google writes one without end
         * @return this
         */
        public Builder quota(String scope, String metric, double limit) {
            limits.computeIfAbsent(scope, s -> new LinkedHashMap<>()).put(metric, limit);
            return this;
        }

        /**
         * Sets what others in the project use of a quota.
         *
         * @param scope the region; {@code global} for one of the project
         * @param metric such as {@code NVIDIA_T4_GPUS}
         * @param used how much
         * @return this
         */
        public Builder usage(String scope, String metric, double used) {
            usage.computeIfAbsent(scope, s -> new LinkedHashMap<>()).put(metric, used);
            return this;
        }

        /**
         * Leaves out the usual quotas: there are none but those that are set. What has no quota is not counted.
         *
         * @return this
         */
        public Builder noUsualQuotas() {
            usualQuotas = false;
            return this;
        }

        /**
         * How long things take.
         *
         * @param change sets what differs from the defaults
         * @return this
         */
        public Builder times(Consumer<ComputeTimes> change) {
            change.accept(times);
            return this;
        }

        /**
         * How the service behaves where Google's differs from time to time.
         *
         * @param change sets what differs from the defaults
         * @return this
         */
        public Builder rules(Consumer<ComputeRules> change) {
            change.accept(rules);
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
         * Listens on 127.0.0.1 in real time, with a few daemon threads of its own.
         *
         * @return the simulator; the caller closes it
         * @throws IllegalArgumentException if there is no zone, or two have one name
         * @throws java.io.UncheckedIOException if the port is taken
         */
        public ComputeEngineSimulator start() {
            ComputeSettings settings = settings();
            LoopbackFace face = LoopbackFace.bind("compute-simulator", port, null);
            SystemScheduler scheduler = Scheduler.system("compute-simulator");
            var engine = new ComputeEngine(settings, scheduler);
            face.serve(engine);
            return new ComputeEngineSimulator(
                    engine, face.url(), latency, null, List.of(face::close, scheduler::close));
        }

        /**
         * Lives in virtual time, without a socket.
         *
         * @param time the time
         * @return the simulator; there is no need to close it
         * @throws IllegalArgumentException if there is no zone, or two have one name
         */
        public ComputeEngineSimulator inMemory(VirtualTime time) {
            var engine = new ComputeEngine(settings(), time.network());
            return new ComputeEngineSimulator(engine, "http://" + IN_MEMORY, latency, time, List.of());
        }

        private ComputeSettings settings() {
            long names = zones.stream().map(ZoneSpec::name).distinct().count();
            if (zones.isEmpty() || names < zones.size()) {
                throw new IllegalArgumentException("add zones, each with a name of its own: "
                        + zones.stream().map(ZoneSpec::name).toList());
            }
            return new ComputeSettings(
                    project,
                    List.copyOf(zones),
                    List.copyOf(templates),
                    UsualQuotas.with(limits, usualQuotas ? zones : List.of()),
                    usage,
                    times.timing(),
                    rules.rules());
        }
    }
}
