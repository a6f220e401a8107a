package dev.paddock.host;

/** What the checks run in the Python environment of jobs; each prints one line of JSON. */
final class PythonScripts {
    /** Python's version, the version of each package that is named, and whether torch sees CUDA if it is named first. */
    static final String PACKAGES = """
            import json, sys
            from importlib import metadata
            out = {"python": "%d.%d.%d" % sys.version_info[:3], "packages": {}}
            for name in sys.argv[2:]:
                try:
                    out["packages"][name] = metadata.version(name)
                except Exception:
                    out["packages"][name] = ""
            if sys.argv[1] == "torch":
                try:
                    import torch
                    out["torch_cuda"] = bool(torch.cuda.is_available())
                except Exception as e:
                    out["torch_error"] = repr(e)[:300]
            print(json.dumps(out))
            """;

    /**
     * Runs y = x + x on CUDA with the fallback to the CPU switched off, as a list of providers only tells what the
     * package was built with. Ends with 0 if CUDA computed, 1 if the package has no CUDA provider, 2 if it cannot be
     * imported, 3 if the session failed or ran elsewhere.
     */
    static final String ONNX_RUNTIME = """
            import base64, json, sys
            out = {"version": "", "available": [], "session": [], "error": ""}
            def end(code, error=""):
                out["error"] = error[:300]
                print(json.dumps(out))
                sys.exit(code)
            try:
                import numpy
                import onnxruntime as ort
            except Exception as e:
                end(2, repr(e))
            out["version"] = str(ort.__version__)
            out["available"] = list(ort.get_available_providers())
            if "CUDAExecutionProvider" not in out["available"]:
                end(1, "CUDA provider missing")
            model = base64.b64decode("CAg6NQoOCgF4CgF4EgF5IgNBZGQSAWdaDwoBeBIKCggIARIECgIIBGIPCgF5EgoKCAgBEgQKAggEQgIQDQ==")
            try:
                options = ort.SessionOptions()
                options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
                session = ort.InferenceSession(model, options, providers=["CUDAExecutionProvider"])
                out["session"] = list(session.get_providers())
                y = session.run(None, {"x": numpy.array([1, 2, 3, 4], dtype=numpy.float32)})[0]
            except Exception as e:
                end(3, repr(e))
            if out["session"][:1] != ["CUDAExecutionProvider"] or [float(v) for v in y] != [2, 4, 6, 8]:
                end(3, "the session did not compute on CUDA")
            end(0)
            """;

    private PythonScripts() {}
}
