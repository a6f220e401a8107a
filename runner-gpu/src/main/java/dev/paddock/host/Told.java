package dev.paddock.host;

/** How a command went, in one short line. */
final class Told {
    private static final int LONGEST = 300;

    private Told() {}

    static String of(CommandRunner.Result result) {
        String text = result.message();
        if (result.outcome() == CommandRunner.Outcome.EXITED) {
            String said = firstLine(result.error().isBlank() ? result.output() : result.error());
            text = "exit code " + result.exitCode() + (said.isEmpty() ? "" : ": " + said);
        }
        return shortened(text);
    }

    static String firstLine(String text) {
        return shortened(text.strip().lines().findFirst().orElse(""));
    }

    static String shortened(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    }
}
