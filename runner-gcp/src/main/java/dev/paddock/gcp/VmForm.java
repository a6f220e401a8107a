package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.cost.ProvisioningModel;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What is asked for when a VM is made: the template, what differs from it, and what is the fleet's own. Pure. */
final class VmForm {
    static final String JIT_CONFIG = "paddock-jit-config";
    static final String EXPECT_GPU = "paddock-expect-gpu";
    static final String GUEST_ATTRIBUTES = "enable-guest-attributes";
    static final String LINUX_SCRIPT = "startup-script";
    static final String WINDOWS_SCRIPT = "windows-startup-script-ps1";
    private static final String SSH_KEYS = "ssh-keys";
    /** Google's bounds on metadata: of one value, and of all keys and values together. */
    private static final int MOST_OF_A_VALUE = 262_144;

    private static final int MOST_IN_ALL = 512 * 1024;
    /** Series A and G are those with GPUs: a2, a3, a4, a4x, g2, g4. */
    private static final Pattern BUILT_IN = Pattern.compile("[ag]\\d+x?-");

    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9_-]{1,127}");

    private final GcpSettings settings;
    private final Ownership ownership;

    VmForm(GcpSettings settings, Ownership ownership) {
        this.settings = settings;
        this.ownership = ownership;
    }

    /** What a VM is made of, the template's where nothing else was said. */
    static MachineShape shape(
            GcpSettings settings, GcpMachine machine, TemplateFacts template, Optional<MachineFacts> offered) {
        String type = machine.machineType().orElse(template.machineType());
        String accelerator = "";
        int count = 0;
        Map<String, Integer> builtIn = offered.map(MachineFacts::accelerators).orElse(Map.of());
        Map<String, Integer> cards = machine.acceleratorType()
                .map(given -> Map.of(given, machine.acceleratorCount()))
                .orElse(builtIn.isEmpty() ? template.accelerators() : builtIn);
        for (Map.Entry<String, Integer> card : cards.entrySet()) {
            accelerator = card.getKey();
            count = card.getValue();
        }
        return new MachineShape(
                type,
                offered.map(MachineFacts::cpus).orElse(0),
                accelerator,
                count,
                machine.provisioningModel().orElse(terms(template)),
                settings.externalIp().orElse(template.externalIp()),
                settings.bootDisk()
                        .map(InsertRequest.BootDisk::type)
                        .filter(t -> !t.isEmpty())
                        .orElse(template.bootDiskType()),
                settings.bootDisk()
                        .map(InsertRequest.BootDisk::gigabytes)
                        .filter(size -> size > 0)
                        .orElse(template.bootDiskGigabytes()),
                settings.windows() ? "windows" : "linux");
    }

    /**
     * The request for a zone.
     *
     * @throws IllegalArgumentException if the metadata is more than Google takes
     */
    InsertRequest request(
            RunnerId runner,
            String pool,
            String secret,
            String zone,
            String requestId,
            GcpMachine machine,
            MachineShape shape,
            TemplateFacts template) {
        Map<String, String> labels = new TreeMap<>(template.labels());
        labels.putAll(settings.labels());
        labels.putAll(ownership.labels(runner, pool));
        return new InsertRequest(
                zone,
                runner.value(),
                requestId,
                settings.template(),
                metadata(secret, shape, template),
                labels,
                overrides(machine, shape, template));
    }

    /**
     * A key that a user may set.
     *
     * @throws IllegalArgumentException if Paddock sets it
     */
    static String free(String key) {
        return switch (key) {
            case JIT_CONFIG, GUEST_ATTRIBUTES ->
                throw new IllegalArgumentException("Paddock sets the metadata " + key + " of each VM itself");
            case EXPECT_GPU ->
                throw new IllegalArgumentException(
                        "Paddock sets the metadata " + key + ", by the VM's GPUs: use expectGpu(boolean)");
            case LINUX_SCRIPT, WINDOWS_SCRIPT ->
                throw new IllegalArgumentException(
                        "the metadata " + key + " is the boot script's: use bootScript(String), or withoutBootScript()"
                                + " for the template's own");
            default -> key;
        };
    }

    /** Whether machines of its series have their GPUs built in, for where the catalogue could not be read. */
    static boolean hasCardsBuiltIn(String machineType) {
        return BUILT_IN.matcher(machineType).lookingAt();
    }

    /** Google puts what is given in the place of the template's, so that has to be in it. */
    private Map<String, String> metadata(String secret, MachineShape shape, TemplateFacts template) {
        Map<String, String> all = new TreeMap<>(template.metadata());
        settings.metadata()
                .forEach((key, value) ->
                        all.merge(key, value, (theirs, ours) -> key.equals(SSH_KEYS) ? theirs + "\n" + ours : ours));
        settings.script().ifPresent(text -> all.put(settings.windows() ? WINDOWS_SCRIPT : LINUX_SCRIPT, text));
        boolean cards = shape.hasAccelerators() || hasCardsBuiltIn(shape.machineType());
        all.put(EXPECT_GPU, Boolean.toString(settings.expectGpu().orElse(cards)));
        all.put(GUEST_ATTRIBUTES, "TRUE");
        all.put(JIT_CONFIG, secret);
        check(all);
        return all;
    }

    /**
     * Checks metadata against Google's bounds.
     *
     * @throws IllegalArgumentException naming the key, its size and the bound, never a value
     */
    static void check(Map<String, String> metadata) {
        long sum = 0;
        for (Map.Entry<String, String> item : metadata.entrySet()) {
            if (!KEY.matcher(item.getKey()).matches()) {
                throw new IllegalArgumentException(
                        "a metadata key has 1 to 127 of a-z, A-Z, 0-9, '-' and '_': '" + item.getKey() + "'");
            }
            int size = item.getValue().getBytes(StandardCharsets.UTF_8).length;
            if (size > MOST_OF_A_VALUE) {
                throw new IllegalArgumentException("metadata " + item.getKey() + " has " + size
                        + " bytes, and Google takes at most " + MOST_OF_A_VALUE + ": have the image hold it");
            }
            sum += size + item.getKey().length();
        }
        if (sum >= MOST_IN_ALL) {
            throw new IllegalArgumentException("metadata has " + sum + " bytes in all, and Google takes less than "
                    + MOST_IN_ALL + ": have the image hold some of it");
        }
    }

    private InsertRequest.Shape overrides(GcpMachine machine, MachineShape shape, TemplateFacts template) {
        // An interface that is sent takes the place of the template's, so it has to say all of it.
        boolean sent = settings.network().isPresent()
                || settings.subnetwork().isPresent()
                || settings.externalIp().isPresent();
        Optional<String> network = sent ? settings.network().or(() -> given(template.network())) : Optional.empty();
        Optional<String> subnetwork = sent && settings.network().isEmpty()
                ? settings.subnetwork().or(() -> given(template.subnetwork()))
                : settings.subnetwork();
        return new InsertRequest.Shape(
                machine.machineType(),
                machine.acceleratorCount() > 0 ? machine.acceleratorType() : Optional.empty(),
                Math.max(0, machine.acceleratorCount()),
                Optional.of(provisioningModel(machine, template)),
                Optional.of(settings.maxRunDuration()),
                settings.serviceAccount(),
                settings.scopes(),
                network,
                subnetwork,
                sent ? settings.externalIp().or(() -> Optional.of(template.externalIp())) : Optional.empty(),
                settings.tags(),
                settings.secureBoot(),
                settings.bootDisk(),
                onHostMaintenance(machine, shape, template));
    }

    /**
     * A VM of which the template knows less than is asked for here: what may be taken back, or has accelerators, cannot be
     * moved. Else the template's own word is repeated.
     */
    private static Optional<String> onHostMaintenance(GcpMachine machine, MachineShape shape, TemplateFacts template) {
        boolean takenBack = shape.provisioningModel() != ProvisioningModel.STANDARD;
        boolean otherCards = shape.hasAccelerators() && template.accelerators().isEmpty();
        return takenBack || otherCards || machine.acceleratorCount() > 0
                ? Optional.of("TERMINATE")
                : given(template.onHostMaintenance());
    }

    /** What Google calls otherwise is, for quotas and prices, on demand. */
    private static ProvisioningModel terms(TemplateFacts template) {
        if (template.spot()) {
            return ProvisioningModel.SPOT;
        }
        return template.provisioningModel().equals(ProvisioningModel.FLEX_START.name())
                ? ProvisioningModel.FLEX_START
                : ProvisioningModel.STANDARD;
    }

    /** Google replaces all that is scheduled, so the template's own terms are repeated, such as RESERVATION_BOUND. */
    private static String provisioningModel(GcpMachine machine, TemplateFacts template) {
        ProvisioningModel terms = machine.provisioningModel().orElse(terms(template));
        boolean itsOwn = machine.provisioningModel().isEmpty() && !template.spot();
        return itsOwn ? given(template.provisioningModel()).orElse(terms.name()) : terms.name();
    }

    private static Optional<String> given(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
