package dev.paddock.testkit.internal.actions;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one kind of {@code if:} that jobs have here: a variable's value. A variable that is not there is empty. */
public record Condition(String variable, String value) {
    private static final Pattern FORM = Pattern.compile("vars\\.([A-Za-z_][A-Za-z0-9_]*) == '([^']*)'");

    public static Condition parse(String text) {
        Matcher form = FORM.matcher(text.trim());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "a job's condition must be like vars.ENABLE_GPU_SMOKE == 'true': \"" + text + "\"");
        }
        return new Condition(form.group(1).toUpperCase(Locale.ROOT), form.group(2));
    }

    /** GitHub compares strings in any case. */
    boolean isMet(String actual) {
        return actual.equalsIgnoreCase(value);
    }

    public String text() {
        return "vars." + variable + " == '" + value + "'";
    }
}
