package dev.paddock.host;

import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.util.List;
import java.util.regex.Pattern;

/** Docker and NVIDIA's toolkit for containers, where jobs use containers. */
final class ContainerChecks {
    /** As docker prints it alone, and the toolkit after words. */
    private static final Pattern VERSION = Pattern.compile("^(?:.* version )?v?\\d+\\.\\d+");

    private ContainerChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        boolean containers = facts.needs.containers;
        boolean both = containers && facts.needs.gpus > 0;
        return List.of(
                Look.mandatory("DOCKER", look -> docker(look, facts)).onlyIf(containers, "no job uses containers"),
                Look.mandatory("CTK", look -> toolkit(look, facts)).onlyIf(both, "no job uses GPUs in containers"));
    }

    private static HostCheckResult docker(Look look, HostFacts facts) {
        String required = "docker answers the runners' user";
        return judged(
                look,
                facts.runAsUser("docker", "version", "--format", "{{.Server.Version}}"),
                required,
                "sudo systemctl start docker  # or grant access; members of the group docker are as good as root");
    }

    private static HostCheckResult toolkit(Look look, HostFacts facts) {
        return judged(
                look,
                facts.run("nvidia-ctk", "--version"),
                "nvidia-container-toolkit",
                "sudo apt-get install -y nvidia-container-toolkit && sudo nvidia-ctk runtime configure");
    }

    private static HostCheckResult judged(Look look, CommandRunner.Result result, String required, String remedy) {
        String said = Told.firstLine(result.output());
        if (result.isSuccess() && VERSION.matcher(said).find()) {
            return look.pass(said, required);
        }
        boolean told =
                result.outcome() == CommandRunner.Outcome.ABSENT || (HostFacts.isAnswer(result) && !result.isSuccess());
        return told ? look.fail(Told.of(result), required, remedy) : look.unknown(Told.of(result), required, remedy);
    }
}
