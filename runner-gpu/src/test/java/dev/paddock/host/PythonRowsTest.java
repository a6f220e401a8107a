package dev.paddock.host;

import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import dev.paddock.host.HostRow.Change;
import dev.paddock.host.HostRow.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Python environment that jobs use, and whether its libraries compute on the GPU. */
class PythonRowsTest {
    private static final String PACKAGES = "python packages";
    private static final String ONNX = "python onnxruntime";
    private static final String WHEEL = "python cudnn";
    private static final Change NOTHING_WANTED = host -> host.requirements = HostRequirements.minimal();

    static List<HostRow> rows() {
        String create = "micromamba create -f environment.yml";
        Rows rows = new Rows()
                .of("PY-MAMBA", "micromamba")
                .pass("there", host -> {}, "micromamba 2.0.5")
                .warn("none", host -> host.answers.remove("micromamba --version"), "no micromamba", create)
                .silent("micromamba --version", create)
                .skipped("not wanted", NOTHING_WANTED, "no Python is required")
                .of("PY-ENV", "Python 3.11")
                .pass("as wanted", host -> {}, "Python 3.11.9 {\"torch\":\"2.8.0+cu128\"")
                .pass("the least", packages("3.11.0", true, "2.8", "1.19", "4.56.1", "0.22.0"), "Python 3.11.0")
                .fail(
                        "another Python",
                        packages("3.12.1", true, "2.8", "1.19", "4.56.1", "0.22"),
                        "Python is 3.12.1",
                        create)
                .fail(
                        "another torch",
                        packages("3.11.1", true, "2.9", "1.19", "4.56.1", "0.22"),
                        "torch is 2.9",
                        create)
                .fail(
                        "another line",
                        packages("3.11.1", true, "2.8", "1.19", "4.56.1", "0.23"),
                        "tokenizers is 0.23",
                        create)
                .fail(
                        "older",
                        packages("3.11.1", true, "2.8", "1.18.9", "4.56.1", "0.22"),
                        "onnxruntime-gpu is 1.18",
                        create)
                .fail("missing", packages("3.11.1", true, "2.8", "1.19", "", "0.22"), "transformers is missing", create)
                .fail(
                        "no CUDA",
                        packages("3.11.1", false, "2.8", "1.19", "4.56.1", "0.22"),
                        "torch sees no CUDA",
                        create)
                .fail("no interpreter", host -> host.answers.remove(PACKAGES), "no python", create)
                .unknown("it is killed", host -> host.fails(PACKAGES, 137, "Killed"), "exit code 137: Killed", create)
                .unknown("an empty answer", host -> host.prints(PACKAGES, "{}\n"), "exit code 0", create)
                .silent(PACKAGES, create)
                .skipped("not wanted", NOTHING_WANTED, "no Python is required");
        onnx(rows);
        cudnn(rows);
        return rows.all;
    }

    private static Change packages(
            String python, boolean cuda, String torch, String onnx, String transformers, String tokenizers) {
        return host -> host.prints(
                PACKAGES,
                String.format(
                        "{\"python\":\"%s\",\"torch_cuda\":%s,\"packages\":{\"torch\":\"%s\",\"onnxruntime-gpu\":\"%s\","
                                + "\"transformers\":\"%s\",\"tokenizers\":\"%s\"}}%n",
                        python, cuda, torch, onnx, transformers, tokenizers));
    }

    private static Change onnx(int code, String session, String error) {
        String line =
                "{\"version\":\"1.22\",\"available\":[],\"session\":[" + session + "],\"error\":\"" + error + "\"}";
        return host -> host.answers.put(ONNX, Result.exited(code, "W: noise\n" + line + "\n", ""));
    }

    private static void onnx(Rows rows) {
        String cuda = "\"CUDAExecutionProvider\",\"CPUExecutionProvider\"";
        String install = "python -m pip install onnxruntime-gpu";
        rows.of("ORT-CUDA", "a session on CUDAExecutionProvider without fallback to the CPU")
                .pass("on CUDA", onnx(0, cuda, ""), "onnxruntime 1.22")
                .fail("no provider", onnx(1, "", "CUDA provider missing"), "missing", "uninstall -y onnxruntime")
                .fail("no module", onnx(2, "", "ModuleNotFoundError"), "ModuleNotFoundError", install)
                .fail("no session", onnx(3, "", "libcudnn.so.9"), "libcudnn.so.9", "CUDA 12 and cuDNN 9")
                .fail("on the CPU", onnx(0, "\"CPUExecutionProvider\"", ""), "CPUExecutionProvider", "cuDNN 9")
                .fail("first on the CPU", onnx(0, "\"CPUExecutionProvider\"," + cuda, ""), "session", "cuDNN 9")
                .fail("failed after all", onnx(3, cuda, "wrong sum"), "wrong sum", "cuDNN 9")
                .fail("no interpreter", host -> host.answers.remove(ONNX), "no python", install)
                .unknown(
                        "it crashes",
                        host -> host.fails(ONNX, 139, "core dumped"),
                        "exit code 139: core",
                        "import onnxruntime")
                .silent(ONNX, "python -c 'import onnxruntime'")
                .skipped("not wanted", NOTHING_WANTED, "ONNX Runtime is not required");
    }

    private static Change wheel(Result loader, Result wheel) {
        return host -> {
            host.answers.put("ldconfig -p", loader);
            host.answers.put(WHEEL, wheel);
        };
    }

    private static void cudnn(Rows rows) {
        String install = "python -m pip install nvidia-cudnn-cu12";
        Result other = Result.exited(0, "1 libs found\n\tlibcudnn.so.8 (libc6) => /lib/libcudnn.so.8\n", "");
        Result none = Result.exited(1, "", "PackageNotFoundError");
        Result late = Result.none(Outcome.TIMED_OUT, "no end within 8 s");
        rows.of("CUDNN", "libcudnn.so.9")
                .pass("in the cache", host -> {}, "in the loader's cache")
                .fail("an older one", wheel(other, none), "not found", install)
                .unknown("no answer at all", wheel(late, late), "no end", install)
                .unknown("garbage and none", wheel(Result.exited(0, HostRow.GARBAGE, ""), none), "", install)
                .unknown("no loader, no Python", host -> host.answers.remove("ldconfig -p"), "no ldconfig", install)
                .of("CUDNN", ">= 9")
                .pass("a wheel", wheel(other, Result.exited(0, "9.10.2.21\n", "")), "9.10.2.21")
                .fail("an older wheel", wheel(other, Result.exited(0, "8.9.7.29\n", "")), "8.9.7.29", install)
                .unknown(
                        "a garbled wheel",
                        wheel(other, Result.exited(0, HostRow.GARBAGE, "")),
                        "not a version",
                        install)
                .skipped("not wanted", NOTHING_WANTED, "ONNX Runtime is not required");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void row(HostRow row, @TempDir Path root) throws IOException {
        row.check(root);
    }
}
