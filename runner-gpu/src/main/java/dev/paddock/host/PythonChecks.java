package dev.paddock.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The Python environment that jobs use, and whether its libraries compute on the GPU. */
final class PythonChecks {
    /** Importing torch or loading CUDA's libraries takes this long on a cold disk. */
    private static final Duration SCRIPT_DEADLINE = Duration.ofMinutes(2);

    private static final String CUDA = "CUDAExecutionProvider";
    private static final JsonMapper JSON = new JsonMapper();

    private PythonChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        HostNeeds wanted = facts.needs;
        boolean python = !wanted.python.isEmpty() || !wanted.packages.isEmpty() || wanted.torchCuda;
        return List.of(
                Look.info("PY-MAMBA", look -> mamba(look, facts)).onlyIf(python, "no Python is required"),
                Look.mandatory("PY-ENV", look -> environment(look, facts))
                        .within(SCRIPT_DEADLINE)
                        .onlyIf(python, "no Python is required"),
                Look.mandatory("ORT-CUDA", look -> onnxRuntime(look, facts))
                        .within(SCRIPT_DEADLINE)
                        .onlyIf(wanted.onnxRuntimeCuda, "ONNX Runtime is not required"),
                Look.recommended("CUDNN", look -> cudnn(look, facts))
                        .onlyIf(wanted.onnxRuntimeCuda, "ONNX Runtime is not required"));
    }

    private static HostCheckResult mamba(Look look, HostFacts facts) {
        CommandRunner.Result result = facts.run("micromamba", "--version");
        String version = Told.firstLine(result.output());
        String remedy = "Install micromamba, then: micromamba create -f environment.yml";
        if (result.isSuccess() && DottedVersion.parse(version).isPresent()) {
            return look.pass("micromamba " + version, "micromamba");
        }
        return result.outcome() == CommandRunner.Outcome.ABSENT
                ? look.warn(Told.of(result), "micromamba", remedy)
                : look.unknown(Told.of(result), "micromamba", remedy);
    }

    private static HostCheckResult environment(Look look, HostFacts facts) {
        HostNeeds wanted = facts.needs;
        List<String> command = new ArrayList<>(
                List.of(facts.python.toString(), "-I", "-c", PythonScripts.PACKAGES, wanted.torchCuda ? "torch" : "-"));
        command.addAll(wanted.packages.keySet());
        String required = ("Python " + wanted.python + " " + wanted.packages).strip()
                + (wanted.torchCuda ? ", torch with CUDA" : "");
        String remedy = "Create the environment again: micromamba create -f environment.yml";
        CommandRunner.Result result = facts.run(SCRIPT_DEADLINE, command.toArray(String[]::new));
        JsonNode told = lastObject(result.output());
        if (!result.isSuccess()
                || DottedVersion.parse(told.path("python").asText()).isEmpty()) {
            return result.outcome() == CommandRunner.Outcome.ABSENT
                    ? look.fail("no " + facts.python, required, remedy)
                    : look.unknown(Told.of(result), required, remedy);
        }
        List<String> wrong = wrong(told, wanted);
        String observed = "Python " + told.path("python").asText() + " " + told.path("packages");
        return wrong.isEmpty()
                ? look.pass(observed, required)
                : look.fail(Told.shortened(String.join("; ", wrong)), required, remedy);
    }

    private static List<String> wrong(JsonNode told, HostNeeds wanted) {
        List<String> wrong = new ArrayList<>();
        String python = told.path("python").asText();
        if (!wanted.python.isEmpty() && !meets(python, wanted.python)) {
            wrong.add("Python is " + python);
        }
        for (Map.Entry<String, String> entry : wanted.packages.entrySet()) {
            String have = told.path("packages").path(entry.getKey()).asText("");
            if (!meets(have, entry.getValue())) {
                wrong.add(entry.getKey() + (have.isEmpty() ? " is missing" : " is " + have));
            }
        }
        if (wanted.torchCuda && !told.path("torch_cuda").asBoolean(false)) {
            wrong.add("torch sees no CUDA " + told.path("torch_error").asText(""));
        }
        return wrong;
    }

    private static boolean meets(String have, String wanted) {
        var version = DottedVersion.parse(have);
        if (version.isEmpty()) {
            return false;
        }
        return wanted.startsWith(">=")
                ? version.get()
                        .isAtLeast(DottedVersion.parse(wanted.substring(2)).orElseThrow())
                : version.get().isOf(DottedVersion.parse(wanted).orElseThrow());
    }

    private static HostCheckResult onnxRuntime(Look look, HostFacts facts) {
        String required = "a session on " + CUDA + " without fallback to the CPU";
        CommandRunner.Result result =
                facts.run(SCRIPT_DEADLINE, facts.python.toString(), "-I", "-c", PythonScripts.ONNX_RUNTIME);
        JsonNode told = lastObject(result.output());
        String install = facts.python + " -m pip install onnxruntime-gpu";
        if (result.outcome() == CommandRunner.Outcome.ABSENT) {
            return look.fail("no " + facts.python, required, install);
        }
        if (result.outcome() != CommandRunner.Outcome.EXITED || told.isMissingNode()) {
            return look.unknown(
                    Told.of(result), required, "Run it by hand: " + facts.python + " -c 'import onnxruntime'");
        }
        String observed = Told.shortened("onnxruntime " + told.path("version").asText("") + ", available "
                + told.path("available") + ", session " + told.path("session") + " "
                + told.path("error").asText(""));
        boolean onCuda = told.path("session").path(0).asText("").equals(CUDA);
        if (result.exitCode() == 0 && onCuda) {
            return look.pass(observed, required);
        }
        String remedy = switch (result.exitCode()) {
            case 1 -> facts.python + " -m pip uninstall -y onnxruntime && " + install;
            case 2 -> install;
            default -> "onnxruntime-gpu loads but CUDA fails: it needs CUDA 12 and cuDNN 9 on the loader's path.";
        };
        return look.fail(observed, required, remedy);
    }

    private static HostCheckResult cudnn(Look look, HostFacts facts) {
        String required = "libcudnn.so.9";
        String remedy = facts.python + " -m pip install nvidia-cudnn-cu12  # or install cuDNN 9 and run: sudo ldconfig";
        CommandRunner.Result cache = facts.run("ldconfig", "-p");
        if (cache.isSuccess() && cache.output().contains("libcudnn.so.9")) {
            return look.pass("in the loader's cache", required);
        }
        CommandRunner.Result wheel = facts.run(
                facts.python.toString(),
                "-I",
                "-c",
                "from importlib import metadata; print(metadata.version('nvidia-cudnn-cu12'))");
        if (wheel.isSuccess()) {
            return look.version(Told.firstLine(wheel.output()), "9", remedy);
        }
        return cache.isSuccess() && cache.output().contains(" => ")
                ? look.fail("not found", required, remedy)
                : look.unknown(Told.of(cache), required, remedy);
    }

    /** The last line that is a JSON object: libraries print warnings of their own. */
    private static JsonNode lastObject(String output) {
        List<String> lines = output.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (lines.get(i).startsWith("{")) {
                try {
                    return JSON.readTree(lines.get(i));
                } catch (JsonProcessingException e) {
                    return MissingNode.getInstance();
                }
            }
        }
        return MissingNode.getInstance();
    }
}
