package dev.paddock.examples;

import dev.paddock.ByteSize;
import dev.paddock.error.RunnerException;
import dev.paddock.examples.demo.Demo;
import dev.paddock.examples.faults.FaultSimulation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The first argument names the example; without one the examples are listed. */
public final class Main {
    private record Example(String description, Run run) {}

    private interface Run {
        int with(String... args) throws Exception;
    }

    /** It runs for months, so what was tried in vain and is tried again belongs into its log. */
    private static final String SERVICE = "gcp-scaler";

    private static final Map<String, Example> EXAMPLES = new LinkedHashMap<>();

    static {
        command("demo", "a fleet of real processes works off the jobs of a simulated GitHub", Demo::new);
        command("fault-simulation", "hours of faults and crashes in virtual time, a seed each", FaultSimulation::new);
        command("actions-simulator", "GitHub's side alone, for programs in any language", ActionsSimulator::new);
        command(
                "compute-simulator",
                "Compute Engine alone; its VMs may boot and run their startup script",
                ComputeSimulator::new);
        command("host", "doctor | inventory: what this host has, and whether it is fit for runners", HostCommand::new);
        command(
                "runner",
                "install | doctor | service | reconfigure | clean: GitHub's runner on this host",
                RunnerCommand::new);
        command(
                "multi-runner",
                "a pool of runners on this host: plan, assign, complete, scale; start and stop folders of runners",
                MultiRunnerCommand::new);
        command("watch-run", "RUN: watches a workflow run until it is over", WatchRun::new);
        command(
                "github",
                "runners | audit-labels | relabel | logs | permissions | variable: asks GitHub",
                GitHubCommand::new);
        command(
                "runner-manager",
                "the fleet of this host from environment variables: run, start, stop, status, monitor, register",
                RunnerManagerCommand::new);
        main("local-fleet", "URL PROGRAM: runs a runner program for the jobs of one scale set", LocalFleet::main);
        main("plan-host", "URL PROGRAM: plans this host's GPUs and runs a pool for each profile", PlanHost::main);
        command(
                SERVICE,
                "VMs of Google Compute Engine for the jobs of one or several scale sets, as a service",
                GcpScalerCommand::spec);
        main("gcp-fleet", "URL PROJECT TEMPLATE ZONE,ZONE: a VM for each job of one scale set", GcpFleet::main);
        main("custom-policy", "a scaling policy of one's own, through a day in virtual time", CustomPolicy::main);
    }

    private Main() {}

    private interface PlainMain {
        void run(String... args) throws Exception;
    }

    private static void command(String name, String description, Supplier<Object> command) {
        EXAMPLES.put(
                name,
                new Example(
                        description,
                        args -> new CommandLine(command.get())
                                .registerConverter(ByteSize.class, Main::size)
                                .setExecutionExceptionHandler((failure, line, parsed) -> refused(failure))
                                .execute(args)));
    }

    private static void main(String name, String description, PlainMain main) {
        EXAMPLES.put(name, new Example(description, args -> {
            try {
                main.run(args);
                return 0;
            } catch (RuntimeException failure) {
                return refused(failure);
            }
        }));
    }

    private static ByteSize size(String text) {
        try {
            return ByteSize.parse(text);
        } catch (IllegalArgumentException unreadable) {
            throw new CommandLine.TypeConversionException(unreadable.getMessage());
        }
    }

    /** Wrong settings are told in a sentence; anything else is a bug, with its trace. */
    private static int refused(Exception thrown) throws Exception {
        Exception failure =
                thrown instanceof CompletionException && thrown.getCause() instanceof Exception cause ? cause : thrown;
        if (failure instanceof IllegalArgumentException
                || failure instanceof IllegalStateException
                || failure instanceof RunnerException) {
            System.err.println(failure.getMessage());
            return 2;
        }
        throw failure;
    }

    /**
     * Runs an example; the exit code is its own, 2 if there is none of that name.
     *
     * @param args its name and its options
     * @throws Exception what the example throws
     */
    public static void main(String... args) throws Exception {
        quietUnlessAsked(args.length > 0 && args[0].equals(SERVICE) ? "warn" : "error");
        int code = run(args);
        if (code != 0 || args.length > 0) {
            System.exit(code);
        }
    }

    static int run(String... args) throws Exception {
        if (args.length == 0) {
            list();
            return 0;
        }
        Example example = EXAMPLES.get(args[0]);
        if (example == null) {
            System.err.println("there is no example \"" + args[0] + "\"; there are " + EXAMPLES.keySet());
            return 2;
        }
        return example.run().with(Arrays.copyOfRange(args, 1, args.length));
    }

    private static void list() {
        System.out.println("usage: java -jar paddock-examples.jar EXAMPLE [OPTIONS]");
        EXAMPLES.forEach((name, example) -> System.out.printf("  %-18s %s%n", name, example.description()));
    }

    /** The examples print what they have to say; the library's log is for -Dorg.slf4j.simpleLogger.defaultLogLevel. */
    private static void quietUnlessAsked(String level) {
        Map.of("defaultLogLevel", level, "showDateTime", "true", "dateTimeFormat", "HH:mm:ss.SSS")
                .forEach((key, value) -> {
                    String property = "org.slf4j.simpleLogger." + key;
                    if (System.getProperty(property) == null) {
                        System.setProperty(property, value);
                    }
                });
    }
}
