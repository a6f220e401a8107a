package dev.paddock.gcp;

import dev.paddock.ByteSize;
import dev.paddock.cost.ProvisioningModel;
import dev.paddock.gcp.internal.InsertRequest.BootDisk;
import dev.paddock.spi.PriceCatalog;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runners as VMs of Google Compute Engine: each is made from an instance template, in the zone that most likely has room
 * for it, takes one job and is deleted. An inert description, thread-safe; see {@link RunnerProvider} for who opens it.
 *
 * <p>A VM is promised its quota before its zone is asked, and zones that had none a short while ago are left alone. What
 * certainly was not made in one zone is tried in the next; what may have been made is looked for by its name, so that no
 * registration is ever in two VMs. Each VM bears labels of its fleet and bounds its own life
 * ({@link Builder#maxRunDuration}), so that nothing is left behind even if nobody comes back for it.
 *
 * <p>Events: {@link ZoneTried}, {@link VmEnded}, {@link VmNotReady}, {@link GcpNotice}.
 */
public final class GcpRunnerProvider implements RunnerProvider {
    private final GcpSettings settings;
    private final boolean arm;
    private final GcpProject project;
    private final boolean owned;

    private GcpRunnerProvider(Builder builder, GcpSettings settings) {
        this.settings = settings;
        arm = builder.arm;
        project = builder.project;
        owned = builder.owned;
    }

    /**
     * Begins a provider in a project of its own, with application default credentials. It knows nothing of what others
     * make there: pools that take VMs from one project's quota share one {@link GcpProject}, and are made by
     * {@link #builder(GcpProject, String)}.
     *
     * @param project the project's id, such as {@code acme-ci}
     * @param template the name of a global instance template, or {@code regions/R/instanceTemplates/T}
     * @return a builder
     */
    public static Builder builder(String project, String template) {
        return new Builder(GcpProject.builder(project).build(), true, template);
    }

    /**
     * Begins a provider in a project that others use too: they share its quota.
     *
     * @param project the project; stays the caller's, who closes it after the fleet
     * @param template the name of a global instance template, or {@code regions/R/instanceTemplates/T}
     * @return a builder
     */
    public static Builder builder(GcpProject project, String template) {
        return new Builder(Objects.requireNonNull(project, "project"), false, template);
    }

    @Override
    public Session open(ProviderContext context) {
        if (!owned) {
            return new GcpSession(settings, project, context, () -> {});
        }
        GcpProject own = GcpProject.builder(project.id()).build(); // closed with the session, which is not the last one
        return new GcpSession(settings, own, context, own::close);
    }

    @Override
    public List<String> systemLabels() {
        return List.of(settings.windows() ? "Windows" : "Linux", arm ? "ARM64" : "X64");
    }

    @Override
    public String toString() {
        return "GcpRunnerProvider[" + settings.template() + " of " + project.id() + " in "
                + String.join(", ", settings.zones()) + "]";
    }

    /** What can be chosen about VMs. Not thread-safe. */
    public static final class Builder {
        private static final Pattern TEMPLATE = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
        private static final Pattern LABEL_KEY = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
        private static final Pattern LABEL_VALUE = Pattern.compile("[a-z0-9_-]{0,63}");
        private static final Pattern TAG = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
        private static final Duration LONGEST = Duration.ofDays(7);
        private static final int MOST = 1_000;
        private static final String OURS = "paddock-";

        private final GcpProject project;
        private final boolean owned;
        private final String template;
        private final List<String> zones = new ArrayList<>();
        private @Nullable ZoneSelector selector;
        private boolean requireKnownQuota;
        private GcpMachine machine = GcpMachine.ofTemplate();
        private final List<GcpMachine> fallbacks = new ArrayList<>();
        private ZoneFallback zoneFallback = ZoneFallback.ANY_ZONE;
        private boolean windows;
        private boolean arm;
        private @Nullable Boolean expectGpu;
        private @Nullable String serviceAccount;
        private final List<String> scopes = new ArrayList<>();
        private @Nullable String network;
        private @Nullable String subnetwork;
        private @Nullable Boolean externalIp;
        private final List<String> tags = new ArrayList<>();
        private @Nullable Boolean secureBoot;
        private @Nullable BootDisk bootDisk;
        private final Map<String, String> metadata = new TreeMap<>();
        private final Map<String, String> labels = new TreeMap<>();
        private @Nullable String script;
        private boolean ownScript;
        private Duration maxRunDuration = Duration.ofHours(7);
        private Duration createDeadline = Duration.ofMinutes(5);
        private Duration startupDeadline = Duration.ofMinutes(10);
        private int parallelCreations = 100;
        private boolean regional;
        private boolean clearRegistration = true;
        private PriceCatalog prices = PriceCatalog.unknown();

        private Builder(GcpProject project, boolean owned, String template) {
            this.project = project;
            this.owned = owned;
            this.template = Objects.requireNonNull(template, "template").strip();
        }

        /**
         * The zones to use, in the order preferred where nothing else decides. Needed.
         *
         * @param names such as {@code us-east1-c}; added to those given before
         * @return this
         */
        public Builder zones(String... names) {
            zones.addAll(List.of(names));
            return this;
        }

        /**
         * How zones are chosen. Default {@link ZoneSelector#mostAvailable()} for VMs with accelerators, and else
         * {@link ZoneSelector#roundRobin()}.
         *
         * @param value the selector, a lambda too
         * @return this
         */
        public Builder zoneSelector(ZoneSelector value) {
            selector = Objects.requireNonNull(value, "zoneSelector");
            return this;
        }

        /**
         * Leaves out zones whose quota cannot be read, as that of H100 and newer on demand. By default they come last.
         *
         * @return this
         */
        public Builder requireKnownQuota() {
            requireKnownQuota = true;
            return this;
        }

        /**
         * What VMs are made of in place of what the template says.
         *
         * @param value machine type, accelerators, terms
         * @return this
         */
        public Builder machine(GcpMachine value) {
            machine = Objects.requireNonNull(value, "machine");
            return this;
        }

        /**
         * Asks for spot VMs: cheaper, and Google may take them back with their job.
         *
         * @return this
         */
        public Builder spot() {
            machine = machine.on(ProvisioningModel.SPOT);
            return this;
        }

        /**
         * Sets where else a VM may be tried once the zone that was chosen for it has none.
         *
         * @param value by default {@link ZoneFallback#ANY_ZONE}
         * @return this
         */
        public Builder zoneFallback(ZoneFallback value) {
            zoneFallback = Objects.requireNonNull(value, "zoneFallback");
            return this;
        }

        /**
         * Adds what would do too, once no zone has what was asked for: another machine, other terms. Tried in the order
         * added, all zones for each.
         *
         * @param value the machine
         * @return this
         */
        public Builder addFallback(GcpMachine value) {
            fallbacks.add(Objects.requireNonNull(value, "fallback"));
            return this;
        }

        /**
         * The template's image is Windows. By default it is Linux.
         *
         * @return this
         */
        public Builder windows() {
            windows = true;
            return this;
        }

        /**
         * The template's machines are ARM64. By default they are x64.
         *
         * @return this
         */
        public Builder arm64() {
            arm = true;
            return this;
        }

        /**
         * Whether the boot script waits for a GPU and fails without one. By default it does where the VM has
         * accelerators.
         *
         * @param value true or false
         * @return this
         */
        public Builder expectGpu(boolean value) {
            expectGpu = value;
            return this;
        }

        /**
         * The service account of the VMs, in place of the template's. Jobs may become it unless the metadata server is
         * kept from them, as the boot script does.
         *
         * @param email its address
         * @param accessScopes such as {@code https://www.googleapis.com/auth/devstorage.read_only}; none for no access
         * @return this
         */
        public Builder serviceAccount(String email, String... accessScopes) {
            serviceAccount = Objects.requireNonNull(email, "serviceAccount");
            scopes.clear();
            scopes.addAll(List.of(accessScopes));
            return this;
        }

        /**
         * The network of the VMs, in place of the template's.
         *
         * @param name {@code global/networks/N}
         * @return this
         */
        public Builder network(String name) {
            network = Objects.requireNonNull(name, "network");
            return this;
        }

        /**
         * The subnetwork of the VMs, in place of the template's. It belongs to one region.
         *
         * @param name {@code regions/R/subnetworks/S}
         * @return this
         */
        public Builder subnetwork(String name) {
            subnetwork = Objects.requireNonNull(name, "subnetwork");
            return this;
        }

        /**
         * Whether VMs have an address on the internet. Without one they need a Cloud NAT to reach GitHub, and no quota
         * of addresses. By default as the template says.
         *
         * @param value true or false
         * @return this
         */
        public Builder externalIp(boolean value) {
            externalIp = value;
            return this;
        }

        /**
         * Network tags, in place of the template's.
         *
         * @param values of a-z, 0-9 and '-', at most 63 characters each
         * @return this
         */
        public Builder tags(String... values) {
            tags.addAll(List.of(values));
            return this;
        }

        /**
         * Whether VMs boot only what is signed. NVIDIA's drivers often are not. By default as the template says.
         *
         * @param value true or false
         * @return this
         */
        public Builder secureBoot(boolean value) {
            secureBoot = value;
            return this;
        }

        /**
         * The boot disk, in place of the template's disks. It is deleted with its VM.
         *
         * @param image such as {@code projects/P/global/images/family/F}
         * @param size of the disk, at least 1 GiB; a part of a GiB counts as a whole one
         * @param type such as {@code pd-ssd}
         * @return this
         * @throws IllegalArgumentException if it is smaller
         */
        public Builder bootDisk(String image, ByteSize size, String type) {
            long gibibyte = ByteSize.ofGiB(1).bytes();
            if (size.bytes() < gibibyte) {
                throw new IllegalArgumentException("a boot disk has at least 1 GiB: " + size);
            }
            long gigabytes = size.bytes() / gibibyte + (size.bytes() % gibibyte == 0 ? 0 : 1);
            bootDisk = new BootDisk(
                    Objects.requireNonNull(image, "image"), gigabytes, Objects.requireNonNull(type, "type"));
            return this;
        }

        /**
         * Adds metadata, beside the template's. {@code ssh-keys} are added to its own.
         *
         * @param key of a-z, A-Z, 0-9, '-' and '_'
         * @param value at most 256 KiB
         * @return this
         * @throws IllegalArgumentException if Paddock sets it: {@code paddock-jit-config}, {@code paddock-expect-gpu},
         *     {@code enable-guest-attributes}, {@code startup-script}, {@code windows-startup-script-ps1}
         */
        public Builder metadata(String key, String value) {
            metadata.put(VmForm.free(key), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * Adds a label, beside the template's.
         *
         * @param key of a-z, 0-9, '-' and '_', not beginning with {@code paddock-}
         * @param value the same, at most 63 characters
         * @return this
         */
        public Builder label(String key, String value) {
            labels.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * The version of the runner that there should be on the VM: an image's older one is replaced, if the package can
         * be had and its digest is right, and else kept.
         *
         * @param version such as {@code 2.336.0}
         * @param sha256 the digest of the package for the VM's system
         * @return this
         */
        public Builder runnerVersion(String version, String sha256) {
            return metadata("paddock-runner-version", version).metadata("paddock-runner-sha256", sha256);
        }

        /**
         * A boot script of one's own in place of Paddock's. It finds the JIT configuration as metadata
         * {@code paddock-jit-config}.
         *
         * @param text the script: for bash, or for PowerShell with {@link #windows()}
         * @return this
         */
        public Builder bootScript(String text) {
            script = Objects.requireNonNull(text, "bootScript");
            ownScript = true;
            return this;
        }

        /**
         * Sends no boot script: the image starts the runner itself.
         *
         * @return this
         */
        public Builder withoutBootScript() {
            script = null;
            ownScript = true;
            return this;
        }

        /**
         * When Google deletes a VM by itself, whatever runs on it: longer than any job, with time to boot. It holds if
         * nobody is there any more. Default 7 hours: GitHub's job limit of 6 and an hour.
         *
         * @param value 10 minutes to 7 days
         * @return this
         */
        public Builder maxRunDuration(Duration value) {
            maxRunDuration = Objects.requireNonNull(value, "maxRunDuration");
            return this;
        }

        /**
         * How long a VM may take until Google says that it was made, all zones together. Default 5 minutes.
         *
         * @param value at least 10 seconds
         * @return this
         */
        public Builder createDeadline(Duration value) {
            createDeadline = Objects.requireNonNull(value, "createDeadline");
            return this;
        }

        /**
         * How long a VM may take after that until its runner waits for jobs. Default 10 minutes.
         *
         * @param value at least 10 seconds
         * @return this
         */
        public Builder startupDeadline(Duration value) {
            startupDeadline = Objects.requireNonNull(value, "startupDeadline");
            return this;
        }

        /**
         * How many VMs may be on their way at once. Default 100.
         *
         * @param value 1 to 1000
         * @return this
         */
        public Builder parallelCreations(int value) {
            parallelCreations = value;
            return this;
        }

        /**
         * Leaves the zone to Google: the selector chooses a region, and Google one of its zones. Stock-outs are then
         * those of the region, and less is known of each zone.
         *
         * @return this
         */
        public Builder regionalPlacement() {
            regional = true;
            return this;
        }

        /**
         * Leaves registrations in the metadata of VMs whose runner waits for jobs. They serve once. By default they are
         * taken out, which takes two calls a VM and the permission {@code compute.instances.setMetadata}.
         *
         * @return this
         */
        public Builder keepRegistrations() {
            clearRegistration = false;
            return this;
        }

        /**
         * What VMs cost, for selectors that ask.
         *
         * @param catalog answers from memory
         * @return this
         */
        public Builder prices(PriceCatalog catalog) {
            prices = Objects.requireNonNull(catalog, "prices");
            return this;
        }

        /**
         * Makes the provider. Asks nobody.
         *
         * @return the provider
         * @throws IllegalArgumentException naming all that cannot be
         */
        public GcpRunnerProvider build() {
            return new GcpRunnerProvider(this, settings());
        }

        /** What was chosen, checked. */
        GcpSettings settings() {
            List<String> wrong = new ArrayList<>();
            List<String> names = List.of();
            try {
                names = ZoneNames.checked(zones);
            } catch (IllegalArgumentException bad) {
                wrong.add(String.valueOf(bad.getMessage()));
            }
            check(wrong, names);
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", wrong));
            }
            List<GcpMachine> machines = new ArrayList<>(List.of(machine));
            machines.addAll(fallbacks);
            return new GcpSettings(
                    template.contains("/") ? template : "global/instanceTemplates/" + template,
                    names,
                    Optional.ofNullable(selector),
                    requireKnownQuota,
                    zoneFallback,
                    machines,
                    windows,
                    Optional.ofNullable(expectGpu),
                    Optional.ofNullable(serviceAccount),
                    scopes,
                    Optional.ofNullable(network),
                    Optional.ofNullable(subnetwork),
                    Optional.ofNullable(externalIp),
                    tags,
                    Optional.ofNullable(secureBoot),
                    Optional.ofNullable(bootDisk),
                    metadata,
                    labels,
                    ownScript ? Optional.ofNullable(script) : Optional.of(shipped()),
                    maxRunDuration,
                    createDeadline,
                    startupDeadline,
                    parallelCreations,
                    regional,
                    clearRegistration,
                    prices);
        }

        private void check(List<String> wrong, List<String> names) {
            String name = template.substring(template.lastIndexOf('/') + 1);
            if (!TEMPLATE.matcher(name).matches()
                    || (template.contains("/")
                            && !template.startsWith("global/instanceTemplates/")
                            && !template.matches("regions/[a-z0-9-]+/instanceTemplates/[^/]+"))) {
                wrong.add("a template is a name of a-z, 0-9 and '-', or regions/R/instanceTemplates/NAME: '" + template
                        + "'");
            }
            if (template.startsWith("regions/")) {
                String region = List.of(template.split("/", -1)).get(1);
                names.stream()
                        .filter(zone -> !ZoneNames.region(zone).equals(region))
                        .forEach(zone -> wrong.add("a template of " + region + " cannot be used in " + zone));
            }
            between(wrong, "maxRunDuration", maxRunDuration, Duration.ofMinutes(10), LONGEST);
            between(wrong, "createDeadline", createDeadline, Duration.ofSeconds(10), LONGEST);
            between(wrong, "startupDeadline", startupDeadline, Duration.ofSeconds(10), LONGEST);
            if (parallelCreations < 1 || parallelCreations > MOST) {
                wrong.add("parallelCreations must be 1 to " + MOST + ": " + parallelCreations);
            }
            labels.forEach((key, value) -> {
                if (!LABEL_KEY.matcher(key).matches()
                        || key.startsWith(OURS)
                        || !LABEL_VALUE.matcher(value).matches()) {
                    wrong.add("a label has a-z, 0-9, '-' and '_', at most 63, and is not Paddock's own: '" + key + "="
                            + value + "'");
                }
            });
            tags.stream()
                    .filter(tag -> !TAG.matcher(tag).matches())
                    .forEach(tag -> wrong.add("a network tag has a-z, 0-9 and '-', at most 63: '" + tag + "'"));
            if (metadata.containsKey(VmForm.JIT_CONFIG)) {
                wrong.add("metadata " + VmForm.JIT_CONFIG + " is Paddock's own");
            }
            try {
                VmForm.check(metadata);
            } catch (IllegalArgumentException bad) {
                wrong.add(String.valueOf(bad.getMessage()));
            }
            if (regional && names.stream().map(ZoneNames::region).distinct().count() > 0 && bootDisk != null) {
                wrong.add("regionalPlacement() takes its disks from the template: leave out bootDisk");
            }
        }

        private static void between(List<String> wrong, String what, Duration value, Duration least, Duration most) {
            if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
                wrong.add(what + " must be " + least + " to " + most + ": " + value);
            }
        }

        private String shipped() {
            String name = "boot/" + (windows ? "windows.ps1" : "linux.sh");
            try (InputStream in = GcpRunnerProvider.class.getResourceAsStream(name)) {
                return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }
}
