package dev.paddock.github.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The variables that a runner's program inherits or is given: which are usual, and which are refused. */
final class RunnerVariables {
    /** Those that it inherits unless it is told otherwise. */
    static final List<String> USUAL = List.of(
            "PATH",
            "HOME",
            "LANG",
            "LC_ALL",
            "TZ",
            "TMPDIR",
            "USER",
            "LOGNAME",
            "SHELL",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "all_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "ALL_PROXY");

    private static final Set<String> RESERVED =
            Set.of(Launcher.JIT_CONFIG, Launcher.TOKEN, Launcher.RUNNER, Launcher.FOLDER, Launcher.FORWARD_SIGNALS);
    /** Whoever is between the runner and GitHub could then read its jobs' secrets. */
    private static final String NO_VERIFY = "GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY";

    private RunnerVariables() {}

    /** What speaks against them; empty if nothing does. */
    static List<String> problems(Set<String> inherited, Map<String, String> given, JobHooks hooks) {
        List<String> problems = new ArrayList<>();
        given.forEach((name, value) -> {
            if (RESERVED.contains(name)) {
                problems.add("environment " + name + " is set by Paddock for each runner");
            } else if (hooks.byVariable().containsKey(name)) {
                problems.add("environment " + name + " together with that job hook; leave one out");
            } else if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
                problems.add("environment \"" + name + "\" is no name of a variable");
            } else if (value.indexOf('\0') >= 0) {
                problems.add("the value of environment " + name + " holds a NUL character");
            }
        });
        if (given.containsKey(NO_VERIFY) || inherited.contains(NO_VERIFY)) {
            problems.add(NO_VERIFY + " lets anybody on the way read the jobs' secrets; give the runner the authority's"
                    + " certificate instead, with RUNNER_UPDATE_CA_CERTS=1");
        }
        return problems;
    }
}
