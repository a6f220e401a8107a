package dev.paddock.examples;

import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.ComputeZone;
import dev.paddock.testkit.GuestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The simulator of Compute Engine alone, for programs in other processes and other languages. */
@Command(
        name = "compute-simulator",
        mixinStandardHelpOptions = true,
        description =
                "Simulates Compute Engine on 127.0.0.1 until it is interrupted. The first line printed is its URL.")
final class ComputeSimulator implements Callable<Integer> {
    private static final Pattern TEMPLATE =
            Pattern.compile("([a-z][-a-z0-9]*)=([a-z0-9-]+)(?:\\+([1-9][0-9]?)x([a-z0-9-]+))?");
    private static final Pattern QUOTA = Pattern.compile("([a-z0-9-]+)/([A-Z0-9_]+)=([0-9]+)");

    @Option(names = "--port", description = "The port to listen on; 0, the default, is any free one.")
    private int port;

    @Option(names = "--project", description = "The project's id; ${DEFAULT-VALUE} by default.")
    private String project = "acme-ci";

    @Option(names = "--zones", split = ",", description = "The zones; ${DEFAULT-VALUE} by default.")
    private List<String> zones = List.of("us-east1-c", "us-central1-a", "us-west1-a");

    @Option(names = "--empty", split = ",", description = "Zones without a machine left, of those.")
    private List<String> empty = List.of();

    @Option(
            names = "--template",
            paramLabel = "NAME=MACHINE[+NxGPU]",
            description = "An instance template, such as gpu=n1-standard-4+1xnvidia-tesla-t4; repeatable.")
    private List<String> templates = List.of();

    @Option(names = "--metadata", description = "Metadata of every template; repeatable.")
    private Map<String, String> metadata = new LinkedHashMap<>();

    @Option(
            names = "--quota",
            paramLabel = "REGION/METRIC=LIMIT",
            description = "A quota, such as us-east1/NVIDIA_T4_GPUS=4; global/METRIC is the project's. Repeatable.")
    private List<String> quotas = List.of();

    @Option(names = "--insert", description = "How long a VM takes to be made; ${DEFAULT-VALUE} by default.")
    private Duration insert = Duration.ofSeconds(30);

    @Option(names = "--boot", description = "How long its guest takes to be up; ${DEFAULT-VALUE} by default.")
    private Duration boot = Duration.ofSeconds(20);

    @Option(names = "--delete", description = "How long a VM takes to be deleted; ${DEFAULT-VALUE} by default.")
    private Duration delete = Duration.ofSeconds(40);

    @Option(
            names = "--guests",
            paramLabel = "FOLDER",
            description =
                    "Boot the VMs: the startup script of each is run by bash, with its disk below this folder, where"
                            + " a stand-in is GitHub's runner.")
    private @Nullable Path guests;

    @Option(names = "--gpus", description = "How many GPUs the guests' nvidia-smi lists; none by default.")
    private int gpus;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    ComputeSimulator() {}

    @Override
    public Integer call() throws InterruptedException {
        var builder = ComputeEngineSimulator.builder(project)
                .port(port)
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .times(times -> times.insert(insert).boot(boot).delete(delete));
        zones.forEach(zone -> builder.zone(zone(zone)));
        templates.forEach(template -> builder.template(template(template)));
        for (String quota : quotas) {
            Matcher parts = matched(QUOTA, "--quota", quota, "REGION/METRIC=LIMIT");
            builder.quota(parts.group(1), parts.group(2), Double.parseDouble(parts.group(3)));
        }
        try (var running = builder.start()) {
            if (guests != null) {
                GuestImage.Builder image = GuestImage.builder();
                running.bootGuests(guests, (gpus > 0 ? image.gpus(gpus) : image).build());
            }
            System.out.println(running.url());
            new CountDownLatch(1).await(); // until the process is ended
            return 0;
        }
    }

    private ComputeZone zone(String name) {
        ComputeZone.Builder zone = ComputeZone.builder(name);
        if (empty.contains(name)) {
            templates.forEach(template -> zone.stock(parts(template).group(2), 0));
        }
        return zone.build();
    }

    private ComputeTemplate template(String text) {
        Matcher parts = parts(text);
        ComputeTemplate.Builder template = ComputeTemplate.builder(parts.group(1), parts.group(2));
        metadata.forEach(template::metadata);
        if (parts.group(3) != null) {
            template.accelerator(parts.group(4), Integer.parseInt(parts.group(3)));
        }
        return template.build();
    }

    private Matcher parts(String template) {
        return matched(TEMPLATE, "--template", template, "NAME=MACHINE or NAME=MACHINE+NxGPU");
    }

    private Matcher matched(Pattern pattern, String option, String text, String form) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new ParameterException(spec.commandLine(), option + " must be " + form + ": '" + text + "'");
        }
        return matcher;
    }
}
