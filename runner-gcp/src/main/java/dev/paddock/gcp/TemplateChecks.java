package dev.paddock.gcp;

import dev.paddock.cost.ProvisioningModel;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What can be said against a template, a machine and zones before the first VM. Pure. */
final class TemplateChecks {
    private TemplateChecks() {}

    static List<String> problems(GcpSettings settings, TemplateFacts template, Catalogue.Facts offers) {
        List<String> problems = new ArrayList<>();
        GcpMachine machine = settings.machines().get(0);
        String type = machine.machineType().orElse(template.machineType());
        MachineShape shape = VmForm.shape(
                settings,
                machine,
                template,
                offers.machine()
                        .flatMap(zones -> settings.zones().stream()
                                .filter(zones::containsKey)
                                .map(zones::get)
                                .findFirst()));
        fallbacks(settings, template, problems);
        cards(settings, template, type, shape, offers, problems);
        disksAndTerms(settings, template, shape, problems);
        zones(settings, type, shape, offers, problems);
        return problems;
    }

    private static void cards(
            GcpSettings settings,
            TemplateFacts template,
            String type,
            MachineShape shape,
            Catalogue.Facts offers,
            List<String> problems) {
        String name = settings.template();
        Map<String, Integer> builtIn = offers.machine().stream()
                .flatMap(zones -> zones.values().stream())
                .map(MachineFacts::accelerators)
                .filter(cards -> !cards.isEmpty())
                .findFirst()
                .orElse(Map.of());
        boolean attached = builtIn.isEmpty() && !(offers.machine().isEmpty() && VmForm.hasCardsBuiltIn(type));
        if (shape.hasAccelerators() && attached && !type.startsWith("n1-")) {
            problems.add(name + ": " + shape.acceleratorType() + " can be attached to n1 machines only, not to " + type
                    + ": use one that has it built in, or an n1");
        }
        boolean others = !builtIn.isEmpty() && !builtIn.equals(template.accelerators());
        if (!template.accelerators().isEmpty()
                && (others || settings.machines().stream().anyMatch(one -> one.acceleratorCount() == 0))) {
            problems.add(
                    name + ": the " + String.join(", ", template.accelerators().keySet()) + " of the template"
                            + " cannot be left out" + (others ? ", and " + type + " takes none" : "")
                            + ": use a template without accelerators");
        }
        if (settings.expectGpu()
                .filter(expected -> expected != shape.hasAccelerators())
                .isPresent()) {
            problems.add(name + ": " + (shape.hasAccelerators() ? "it has" : "it has no")
                    + " accelerators, and expectGpu(" + settings.expectGpu().orElse(false) + ") says otherwise");
        }
    }

    private static void disksAndTerms(
            GcpSettings settings, TemplateFacts template, MachineShape shape, List<String> problems) {
        String name = settings.template();
        GcpMachine machine = settings.machines().get(0);
        boolean itsOwn = !template.accelerators().isEmpty() && machine.acceleratorCount() <= 0;
        boolean onDemand = shape.provisioningModel() == ProvisioningModel.STANDARD;
        if (itsOwn && onDemand && template.onHostMaintenance().equals("MIGRATE")) {
            problems.add(name + ": a VM with accelerators cannot be moved while it runs: make the template with"
                    + " onHostMaintenance TERMINATE");
        }
        if (!template.bootDiskAutoDelete() && settings.bootDisk().isEmpty()) {
            problems.add(name + ": its boot disk stays when the VM is deleted, and costs on: make the template with"
                    + " autoDelete");
        }
        if (template.keptDisks() > 0 && settings.bootDisk().isEmpty()) {
            problems.add(
                    name + ": " + template.keptDisks() + " more of its disks stay when the VM is deleted, and cost on:"
                            + " make the template with autoDelete");
        }
        if (template.spot()
                && machine.provisioningModel()
                        .filter(model -> model == ProvisioningModel.STANDARD)
                        .isPresent()) {
            problems.add(name + ": the template is for spot VMs and on demand was asked for: on demand is used");
        }
    }

    private static void zones(
            GcpSettings settings, String type, MachineShape shape, Catalogue.Facts offers, List<String> problems) {
        for (String zone : settings.zones()) {
            Optional<String> lacking = !offers.up(zone)
                    ? Optional.of("is down or does not exist")
                    : offers.offersMachine(zone) == ZoneQuota.Offered.NO
                            ? Optional.of("has no " + type)
                            : offers.offersAccelerator(zone, shape) == ZoneQuota.Offered.NO
                                    ? Optional.of("has no " + shape.acceleratorType())
                                    : Optional.empty();
            lacking.ifPresent(what -> problems.add("zone " + zone + " " + what));
        }
    }

    /** Of fallbacks no catalogue was read, but their series says what can be attached. */
    private static void fallbacks(GcpSettings settings, TemplateFacts template, List<String> problems) {
        settings.machines().stream().skip(1).forEach(machine -> {
            String type = machine.machineType().orElse(template.machineType());
            MachineShape shape = VmForm.shape(settings, machine, template, Optional.empty());
            boolean builtIn = machine.acceleratorCount() > 0 && VmForm.hasCardsBuiltIn(type);
            if (shape.hasAccelerators() && !builtIn && !type.startsWith("n1-")) {
                problems.add(settings.template() + ": " + shape.acceleratorType()
                        + " can be attached to n1 machines only, not to the fallback " + type
                        + ": leave it out, or use an n1"
                        + (template.accelerators().isEmpty() ? "" : " or a template without accelerators"));
            }
        });
    }
}
