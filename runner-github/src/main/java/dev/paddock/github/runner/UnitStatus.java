package dev.paddock.github.runner;

import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads what {@code systemctl show} says. Its exit code is 0 for any unit, failed ones and such as are not there. */
final class UnitStatus {
    private UnitStatus() {}

    /** The properties by name; of several lines for one name the first. */
    static SortedMap<String, String> properties(String output) {
        SortedMap<String, String> said = new TreeMap<>();
        output.lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                said.putIfAbsent(
                        line.substring(0, equals), line.substring(equals + 1).strip());
            }
        });
        return said;
    }

    static ServiceStatus of(String unit, String output, String logHint) {
        Map<String, String> said = properties(output);
        String loaded = said.getOrDefault("LoadState", "");
        String active = said.getOrDefault("ActiveState", "");
        if (loaded.isEmpty() || active.isEmpty()) {
            throw new ServiceException(
                    "systemctl told neither whether " + unit + " is loaded nor whether it is active: see that systemctl"
                            + " show " + unit + " answers",
                    true,
                    null);
        }
        OptionalLong pid = number(said.get("MainPID"));
        return new ServiceStatus(
                unit,
                state(loaded, active),
                active + "/" + said.getOrDefault("SubState", "?") + ", " + said.getOrDefault("Result", "?")
                        + (loaded.equals("loaded") ? "" : ", " + loaded),
                narrow(number(said.get("ExecMainStatus"))),
                narrow(number(said.get("NRestarts"))),
                said.getOrDefault("User", ""),
                pid.isPresent() && pid.getAsLong() > 0 ? pid : OptionalLong.empty(),
                logHint);
    }

    private static ServiceStatus.State state(String loaded, String active) {
        if (active.equals("failed") || loaded.equals("error") || loaded.equals("bad-setting")) {
            return ServiceStatus.State.FAILED;
        }
        if (active.equals("inactive")) {
            return loaded.equals("not-found") ? ServiceStatus.State.NOT_INSTALLED : ServiceStatus.State.STOPPED;
        }
        return active.equals("active") || active.equals("reloading")
                ? ServiceStatus.State.RUNNING
                : ServiceStatus.State.CHANGING;
    }

    private static OptionalLong number(@org.jspecify.annotations.Nullable String text) {
        return text != null && text.matches("[0-9]{1,18}")
                ? OptionalLong.of(Long.parseLong(text))
                : OptionalLong.empty();
    }

    private static OptionalInt narrow(OptionalLong number) {
        return number.isPresent() && number.getAsLong() <= Integer.MAX_VALUE
                ? OptionalInt.of((int) number.getAsLong())
                : OptionalInt.empty();
    }
}
