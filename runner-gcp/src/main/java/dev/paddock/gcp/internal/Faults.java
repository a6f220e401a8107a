package dev.paddock.gcp.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.ComputeFault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What refusals of Compute Engine and failed operations mean. Pure. The codes are those that Google's documentation,
 * the Kubernetes autoscaler and SkyPilot name, and those of recorded operations.
 *
 * <p>A status alone says little: 403 is a quota, a rate limit or a missing permission. So the body's reasons are read
 * first, and the status only where they say nothing. Of several errors the most telling one counts.
 */
public final class Faults {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PERMISSION = Pattern.compile(
            "(?i)(?:required |permission )+'?([a-z]+(?:\\.[a-zA-Z]+){2,})'?|([a-z]+\\.[a-zA-Z]+\\.[a-zA-Z]+) permission");
    private static final Pattern RESOURCE = Pattern.compile("resource '?(?:[^' ]*/)?(projects/[^' ]+)'?");
    /** Collections whose absence says nothing about a VM. */
    private static final Set<String> AROUND = Set.of("projects", "zones", "regions");

    private Faults() {}

    /**
     * The meaning of a refusal.
     *
     * @param asked what was asked
     * @param status the answer's HTTP status
     * @param retryAfter how long the answer asks to wait
     * @param body the answer's body, of any form
     * @return the fault
     */
    public static ComputeFault ofReply(Asked asked, int status, Optional<Duration> retryAfter, @Nullable String body) {
        JsonNode error = parse(body == null ? "" : body).path("error");
        if (!error.isObject()) {
            return notGoogles(asked, status, retryAfter, body == null ? "" : body);
        }
        List<Sign> signs = new ArrayList<>();
        for (JsonNode entry : error.path("errors")) {
            signs.add(Sign.of(entry));
        }
        signs.add(Sign.of(error));
        String named = error.path("status").asText("");
        Sign best = mostTelling(signs);
        Kind kind = best.kind().orElseGet(() -> kindOf(status, named));
        // What Google throttles it may word as a quota, and what runs dry it may number as a rate.
        if (status == 429 && kind == Kind.QUOTA) {
            kind = Kind.RATE;
        }
        String google = best.message().isBlank() ? error.path("message").asText("") : best.message();
        if (kind == Kind.NOT_FOUND && isAround(google)) {
            kind = Kind.CONFIGURATION;
        }
        String code = best.code().isEmpty() ? named : best.code();
        return fault(asked, kind, status, code, google, signs, retryAfter);
    }

    /**
     * Why an operation failed.
     *
     * @param asked what was asked
     * @param operation the operation as Compute Engine shows it
     * @return the fault, also of one that has not ended or names no HTTP status; empty if it holds no error
     */
    public static Optional<ComputeFault> ofOperation(Asked asked, JsonNode operation) {
        int status = operation.path("httpErrorStatusCode").asInt(0);
        List<Sign> signs = new ArrayList<>();
        for (JsonNode entry : operation.path("error").path("errors")) {
            signs.add(Sign.of(entry));
        }
        if (signs.isEmpty() && status < 400) {
            return Optional.empty();
        }
        String said = operation.path("httpErrorMessage").asText("");
        if (signs.isEmpty()) {
            signs.add(new Sign(List.of(), said, Optional.empty(), List.of()));
        }
        Sign best = mostTelling(signs);
        Kind kind = best.kind().orElseGet(() -> kindOf(status, ""));
        String google = best.message().isBlank() ? said : best.message();
        return Optional.of(fault(asked, kind, status, best.code(), google, signs, Optional.empty()));
    }

    /**
     * A failure without an answer of Compute Engine's.
     *
     * @param asked what was asked
     * @param kind what it means
     * @param happened what happened, and what to do
     * @param cause the cause, if it holds no secret
     * @return the exception
     */
    public static ComputeException unanswered(Asked asked, Kind kind, String happened, @Nullable Throwable cause) {
        String message = "could not " + asked.what() + ": " + Words.clean(happened, asked);
        return new ComputeException(ComputeFault.of(kind, message), cause);
    }

    /**
     * An answer that cannot be read. What was asked may have been done.
     *
     * @param asked what was asked
     * @param why what is wrong with it
     * @return the exception
     */
    public static ComputeException unreadable(Asked asked, String why) {
        return unanswered(
                asked,
                Kind.AMBIGUOUS,
                "the answer cannot be read (" + why + "); it may have been done all the same: check what answers at the"
                        + " endpoint if this goes on",
                null);
    }

    /**
     * A JSON text as a tree.
     *
     * @param body the text
     * @return the tree, or the missing node if it is none
     */
    public static JsonNode parse(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException notJson) {
            return JSON.missingNode();
        }
    }

    private static Sign mostTelling(List<Sign> signs) {
        return signs.stream().min(Comparator.comparingInt(Sign::rank)).orElseThrow();
    }

    /** From something between Google and us. What it says of a VM, such as 404, is not Google's word on it. */
    private static ComputeFault notGoogles(Asked asked, int status, Optional<Duration> retryAfter, String body) {
        Kind kind = kindOf(status, "");
        boolean silent = body.isBlank() && (status == 401 || status == 429 || status >= 500);
        if (kind == Kind.NOT_FOUND || kind == Kind.CONFLICT) {
            kind = Kind.AMBIGUOUS;
        }
        String words = Words.clean(body, asked);
        String said = words.isEmpty() ? "no words" : words;
        String where = silent ? "" : "; that is not how Compute Engine answers: check the endpoint and the proxy";
        String message =
                "could not " + asked.what() + ": HTTP " + status + " with " + said + where + advice(kind, "", "");
        return new ComputeFault(kind, status, "", message, Optional.empty(), false, List.of(), retryAfter);
    }

    private static Kind kindOf(int status, String named) {
        return switch (status) {
            case 401, 403 -> Kind.AUTHORIZATION;
            case 404 -> Kind.NOT_FOUND;
            case 408, 425 -> Kind.AMBIGUOUS;
            case 409 -> Kind.CONFLICT;
            case 429 -> Kind.RATE;
            default -> status >= 300 && status < 500 ? Kind.CONFIGURATION : kindOf(named);
        };
    }

    private static Kind kindOf(String named) {
        return named.equals("RESOURCE_EXHAUSTED") ? Kind.RATE : Kind.AMBIGUOUS;
    }

    /** A project or zone that does not exist is a mistake, and no proof that a VM is gone. */
    private static boolean isAround(String google) {
        Matcher resource = RESOURCE.matcher(google);
        if (!resource.find()) {
            return false;
        }
        String[] parts = resource.group(1).split("/", -1);
        return parts.length >= 2 && AROUND.contains(parts[parts.length - 2]);
    }

    private static ComputeFault fault(
            Asked asked,
            Kind kind,
            int status,
            String code,
            String google,
            List<Sign> signs,
            Optional<Duration> retryAfter) {
        Optional<String> metric = kind == Kind.QUOTA
                ? signs.stream().flatMap(sign -> sign.quota().stream()).findFirst()
                : Optional.empty();
        boolean projectWide = kind == Kind.QUOTA
                && (metric.filter(name -> name.endsWith("_ALL_REGIONS")).isPresent()
                        || signs.stream().anyMatch(sign -> sign.message().contains("globally")));
        var zones = new LinkedHashSet<String>();
        if (kind == Kind.STOCKOUT) {
            signs.forEach(sign -> zones.addAll(sign.zones()));
        }
        String words = Words.clean(google, asked);
        String message = "could not " + asked.what() + ": " + (words.isEmpty() ? "Google gave no words" : words) + " ("
                + evidence(status, Words.clean(code, asked)) + ")" + advice(kind, google, metric.orElse(""));
        return new ComputeFault(kind, status, code, message, metric, projectWide, List.copyOf(zones), retryAfter);
    }

    private static String evidence(int status, String code) {
        String http = status == 0 ? "no HTTP status" : "HTTP " + status;
        return code.isEmpty() ? http : http + ", " + code;
    }

    private static String advice(Kind kind, String google, String metric) {
        String advice = switch (kind) {
            case STOCKOUT -> "another zone, machine type or provisioning model may have room";
            case QUOTA ->
                "ask Google for more"
                        + (metric.isEmpty() ? "" : " of " + metric)
                        + " (console: IAM & Admin, Quotas) or allow other regions";
            case RATE -> "nothing was done; it is tried again more slowly";
            case IP_SPACE -> "widen the subnetwork or allow other regions";
            case CONFLICT -> "another name is needed, or what has it must go";
            case NOT_READY -> "it is busy or was changed meanwhile: try again";
            case NOT_FOUND -> missing(google);
            case CONFIGURATION -> "it can never succeed like this: change the settings";
            case UNSUPPORTED -> "allow other zones, or another machine";
            case AUTHORIZATION -> permission(google);
            case UNSENT -> "nothing was done";
            case AMBIGUOUS -> "it may have been done: look before doing it again";
        };
        return "; " + advice;
    }

    private static String missing(String google) {
        if (google.contains("nstanceTemplates/")) {
            return "the instance template does not exist (any more): make it again or name another";
        }
        return "it does not exist (any more)";
    }

    private static String permission(String google) {
        Matcher named = PERMISSION.matcher(google);
        if (named.find()) {
            String permission = named.group(1) == null ? named.group(2) : named.group(1);
            return "give the account the permission " + permission;
        }
        return "check the credentials, the account's roles (Compute Instance Admin), and that the Compute Engine API is"
                + " on";
    }
}
