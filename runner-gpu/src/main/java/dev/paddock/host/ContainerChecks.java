package dev.paddock.host;

import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.util.List;

/** Docker and NVIDIA's toolkit for containers, where jobs use containers. */
final class ContainerChecks {
    private ContainerChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        boolean containers = facts.requirements.containers;
        boolean both = containers && facts.requirements.gpus > 0;
        return List.of(
                Look.mandatory("DOCKER", look -> docker(look, facts)).onlyIf(containers, "no job uses containers"),
                Look.mandatory("CTK", look -> toolkit(look, facts)).onlyIf(both, "no job uses GPUs in containers"));
    }

    private static HostCheckResult docker(Look look, HostFacts facts) {
        String required = "docker answers the runners' user";
        CommandRunner.Result result = facts.user.isEmpty()
                ? facts.run("docker", "version", "--format", "{{.Server.Version}}")
                : facts.run(
                        "sudo", "-n", "-u", facts.user, "--", "docker", "version", "--format", "{{.Server.Version}}");
        return judged(
                look,
                result,
                required,
                "sudo systemctl start docker, or grant access (members of the group docker are as good as root)");
    }

    private static HostCheckResult toolkit(Look look, HostFacts facts) {
        return judged(
                look,
                facts.run("nvidia-ctk", "--version"),
                "nvidia-container-toolkit",
                "sudo apt-get install -y nvidia-container-toolkit && sudo nvidia-ctk runtime configure");
    }

    private static HostCheckResult judged(Look look, CommandRunner.Result result, String required, String remedy) {
        if (result.isSuccess()) {
            return look.pass(Told.firstLine(result.output()), required);
        }
        boolean told = result.outcome() == CommandRunner.Outcome.ABSENT
                || (result.outcome() == CommandRunner.Outcome.EXITED
                        && !result.error().startsWith("sudo:"));
        return told ? look.fail(Told.of(result), required, remedy) : look.unknown(Told.of(result), required, remedy);
    }
}
