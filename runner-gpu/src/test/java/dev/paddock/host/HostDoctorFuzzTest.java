package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands and files of the doctor that print what they should not. */
@Timeout(600)
class HostDoctorFuzzTest {
    private static final String DOCKER = "docker version --format {{.Server.Version}}";
    private static final String SUDO = "sudo -n -u gha -- ";
    /** Which rows read what; a name with a slash is a file. */
    private static final Map<String, List<String>> READERS = Map.ofEntries(
            Map.entry("id -u", List.of("OS-ROOT", "GPU-GROUPS")),
            Map.entry("id -nG", List.of("GPU-GROUPS")),
            Map.entry("getent group video", List.of("GPU-GROUPS")),
            Map.entry("ldconfig -p", List.of("OS-LIBS", "CUDNN")),
            Map.entry("nvcc --version", List.of("GPU-TOOLKIT")),
            Map.entry("systemctl is-active nvidia-persistenced", List.of("GPU-PERSIST")),
            Map.entry("micromamba --version", List.of("PY-MAMBA")),
            Map.entry("python packages", List.of("PY-ENV")),
            Map.entry("python onnxruntime", List.of("ORT-CUDA")),
            Map.entry("python cudnn", List.of("CUDNN")),
            Map.entry("nvidia-ctk --version", List.of("CTK")),
            Map.entry(DOCKER, List.of("DOCKER")),
            Map.entry("id -un", List.of("GPU-USER-ACCESS", "DOCKER")),
            Map.entry(SUDO + "nvidia-smi -L", List.of("GPU-USER-ACCESS")),
            Map.entry("etc/os-release", List.of("OS-ID")),
            Map.entry("proc/self/status", List.of("GPU-GROUPS")),
            Map.entry("proc/self/mountinfo", List.of("DISK-SSD")),
            Map.entry("sys/dev/block/8:0/queue/rotational", List.of("DISK-SSD")),
            Map.entry("sys/devices/eth0/speed", List.of("NET-SPEED")),
            Map.entry("usr/local/cuda/version.json", List.of("GPU-TOOLKIT")));
    /** What is never part of a version, a number, a name of a user or of a library. */
    private static final String NOISE = "\u0007\u001b%&~;?<>|\\^$`'!*(\"\u0000\uD800\uFFFD\n\t ";

    private static final String[] PIECES = {
        "\n",
        "\r\n",
        "\0",
        " ",
        ":",
        ".",
        "=",
        "\"",
        "{",
        "}",
        "[",
        "]",
        "null",
        "-1",
        "1e400",
        " => ",
        "GPU 0: ",
        "99999999999999999999",
        "\uFEFF",
        "\uD800",
        "release ",
        "\u0661",
        "true",
        "root",
        "0",
        "sudo: ",
        ","
    };

    @TempDir
    Path root;

    private final Map<String, String> healthy = new HashMap<>();
    private HealthyHost host;

    @BeforeEach
    void start() throws IOException {
        host = new HealthyHost(root);
        host.requirements = HostRequirements.builder()
                .distributions(List.of("ubuntu 22.04"))
                .solidState(true)
                .networkMbps(100)
                .gpus(1)
                .toolkit("12.1")
                .groups(List.of("video", "render"))
                .containers(true)
                .python("3.11")
                .packages(Map.of("torch", "2.8"))
                .torchCuda(true)
                .onnxRuntimeCuda(true)
                .build();
        host.prints("nvidia-ctk --version", "NVIDIA Container Toolkit CLI version 1.16.2\ncommit: a470818\n");
        host.prints(DOCKER, "27.3.1\n");
        host.prints("python cudnn", "9.10.2.21\n");
        host.prints("id -un", "runner\n");
        host.prints(SUDO + "nvidia-smi -L", "GPU 0: Tesla T4 (UUID: GPU-1)\n");
        host.answers.forEach((command, answer) -> healthy.put(command, answer.output()));
        healthy.put("id -un", "gha\n");
        file("etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n");
        file("proc/self/status", "Name:\tjava\nGid:\t1000\t1000\nGroups:\t44 110 1000\n");
        file("proc/self/mountinfo", "20 1 9:9 / / rw - ext4 /dev/r rw\n31 20 8:0 / /srv rw - ext4 /dev/x rw\n");
        file("sys/dev/block/8:0/queue/rotational", "0\n");
        file("sys/devices/eth0/speed", "1000\n");
        host.file("sys/devices/eth0/device/vendor", "0x8086\n");
        host.link("sys/class/net/eth0", "sys/devices/eth0");
        file("usr/local/cuda/version.json", "{\"cuda\" : {\"version\" : \"12.8.1\"}}");
    }

    private void file(String path, String text) throws IOException {
        host.file(path, text);
        healthy.put(path, text);
    }

    @Test
    @DisplayName("what the commands and files print on a healthy host passes")
    void healthy() throws IOException {
        for (String source : sources()) {
            boolean another = source.startsWith("sudo") || source.equals("id -un");
            for (HostCheckResult result : results(source, healthy.get(source), another, new Random(1))) {
                assertThat(result.status()).as(source + ": " + result).isEqualTo(Status.PASS);
            }
        }
    }

    @Test
    @DisplayName("nothing is thrown: 4000 mutations")
    void someMutations() throws IOException {
        mutate(4_000);
    }

    @Test
    @Tag("ci")
    @DisplayName("nothing is thrown: 200000 mutations")
    void manyMutations() throws IOException {
        mutate(200_000);
    }

    @Test
    @DisplayName("noise is never taken for an answer: 2000 outputs")
    void noise() throws IOException {
        Random random = random();
        host.answers.remove("python cudnn");
        List<String> sources = sources();
        for (int i = 0; i < 2_000; i++) {
            String source = sources.get(random.nextInt(sources.size()));
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(60); left > 0; left--) {
                text.append(NOISE.charAt(random.nextInt(NOISE.length())));
            }
            boolean another = source.startsWith("sudo") || source.equals("id -un");
            String broken = text.toString();
            for (HostCheckResult result : results(source, broken, another, random)) {
                boolean second = result.id().equals("GPU-TOOLKIT") // nvcc and a file stand in for each other
                        || (source.equals("id -u") && result.id().equals("GPU-GROUPS")) // not root, then
                        || source.equals("id -un") // another user, then
                        || source.equals("python cudnn"); // the loader is asked first
                assertThat(result.status() == Status.PASS && !second)
                        .as("%s prints %s: %s", source, broken, result)
                        .isFalse();
            }
        }
    }

    private static Random random() {
        long seed = Long.getLong("paddock.fuzz.seed", System.nanoTime());
        System.out.println("HostDoctorFuzzTest: -Dpaddock.fuzz.seed=" + seed);
        return new Random(seed);
    }

    private static List<String> sources() {
        return READERS.keySet().stream().sorted().toList();
    }

    private void mutate(int times) throws IOException {
        Random random = random();
        List<String> sources = sources();
        List<String> outputs = healthy.values().stream().sorted().toList();
        for (int i = 0; i < times; i++) {
            String source = sources.get(random.nextInt(sources.size()));
            StringBuilder text = new StringBuilder(healthy.get(source));
            for (int left = 1 + random.nextInt(4); left > 0; left--) {
                int at = random.nextInt(text.length() + 1);
                switch (random.nextInt(5)) {
                    case 0 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                    case 1 -> text.setLength(at);
                    case 2 -> text.insert(at, (char) random.nextInt(0x3000));
                    case 3 -> text.insert(at, outputs.get(random.nextInt(outputs.size())));
                    default -> text.delete(at, Math.min(text.length(), at + random.nextInt(20)));
                }
            }
            boolean another = source.startsWith("sudo") || random.nextInt(4) == 0;
            for (HostCheckResult result : results(source, text.toString(), another, random)) {
                assertThat(result.observed().length())
                        .as("%s prints %s: %s", source, text, result)
                        .isLessThan(2_000);
            }
        }
    }

    /** The rows that read a source, while it prints a text; all else is well. */
    private List<HostCheckResult> results(String source, String text, boolean another, Random random)
            throws IOException {
        host.user = another ? "gha" : "";
        boolean isFile = source.contains("/") && !source.contains(" ");
        Result good = host.answers.get(source);
        if (isFile) {
            host.file(source, text);
        } else if (random.nextInt(10) == 0) {
            host.answers.put(source, new Result(Outcome.EXITED, 1 + random.nextInt(255), text, text, ""));
        } else {
            host.prints(source, text);
        }
        List<HostCheckResult> results = new ArrayList<>();
        for (HostCheck check : host.checks()) {
            if (READERS.get(source).contains(check.id())) {
                results.add(check.check());
            }
        }
        if (isFile) {
            host.file(source, healthy.get(source));
        } else if (good != null) {
            host.answers.put(source, good);
        } else {
            host.answers.remove(source);
        }
        return results;
    }
}
