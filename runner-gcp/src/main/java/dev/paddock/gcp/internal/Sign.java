package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.gcp.ComputeFault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing that Google names as wrong, of a refusal's or an operation's several.
 *
 * @param codes its code first, then the reasons that its details give; in Google's words
 * @param message Google's words
 * @param metric the quota that its details name
 * @param zones those with room that its details name
 */
record Sign(List<String> codes, String message, Optional<String> metric, List<String> zones) {
    private static final Set<String> RATE = Set.of(
            "ratelimitexceeded",
            "userratelimitexceeded",
            "rate_limit_exceeded",
            "resource_operation_rate_exceeded",
            "concurrentlimitexceeded");
    private static final Set<String> STOCKOUT = Set.of(
            "insufficient_capacity",
            "insufficientcapacity",
            "resource_availability",
            "stockout",
            "gpu_stockout",
            "persistent_disk_availability");
    private static final Set<String> CONFLICT = Set.of("resource_already_exists", "alreadyexists", "already_exists");
    private static final Set<String> NOT_READY = Set.of(
            "resource_not_ready",
            "resourcenotready",
            "resource_in_use_by_another_resource",
            "resourceinusebyanotherresource");
    private static final Set<String> NOT_FOUND = Set.of("resource_not_found", "notfound", "not_found");
    private static final Set<String> UNSUPPORTED = Set.of("unsupported_operation", "unsupportedoperation");
    private static final Set<String> CONFIGURATION = Set.of(
            "invalid",
            "invalid_field_value",
            "invalid_usage",
            "condition_not_met",
            "conditionnotmet",
            "badrequest",
            "required",
            "parseerror",
            "invalidparameter",
            "invalid_argument",
            "failed_precondition");
    private static final Set<String> AUTHORIZATION = Set.of(
            "forbidden",
            "accessnotconfigured",
            "permissions_error",
            "iam_permission_denied",
            "permission_denied",
            "insufficientpermissions",
            "access_token_scope_insufficient",
            "service_disabled",
            "autherror",
            "unauthenticated",
            "required_login");
    private static final Pattern QUOTA_TEXT = Pattern.compile("(?i)quota '?([\\w-]+)'? exceeded");
    private static final Pattern RATE_TEXT =
            Pattern.compile("(?i)quota exceeded for quota (metric|group)|rate limit exceeded|too many requests");
    private static final Pattern KIND_MISSING = Pattern.compile(
            "(?i)(machine|accelerator|disk) ?types?\\b.*(does not exist|was not found|not available|not supported)");
    /** The most telling first. */
    private static final List<Kind> TELLING = List.of(
            Kind.RATE,
            Kind.QUOTA,
            Kind.STOCKOUT,
            Kind.IP_SPACE,
            Kind.AUTHORIZATION,
            Kind.NOT_FOUND,
            Kind.CONFLICT,
            Kind.UNSUPPORTED,
            Kind.CONFIGURATION,
            Kind.NOT_READY);

    private static final String TOO_FEW = "vm_min_count_not_reached";

    /** One entry of a reply's {@code error.errors}, or of an operation's. */
    static Sign of(JsonNode error) {
        List<String> codes = new ArrayList<>();
        add(codes, error.path("code"));
        add(codes, error.path("reason"));
        List<String> zones = new ArrayList<>();
        Optional<String> metric = Optional.empty();
        for (String list : List.of("errorDetails", "details")) {
            for (JsonNode detail : error.path(list)) {
                JsonNode info = detail.has("errorInfo") ? detail.path("errorInfo") : detail;
                add(codes, info.path("reason"));
                zones.addAll(zonesOf(info));
                metric = metric.or(() -> metricOf(detail.has("quotaInfo") ? detail.path("quotaInfo") : detail));
            }
        }
        return new Sign(codes, error.path("message").asText(""), metric, zones);
    }

    private static void add(List<String> codes, JsonNode code) {
        if (code.isTextual() && !code.asText().isBlank()) {
            codes.add(code.asText().strip());
        }
    }

    private static List<String> zonesOf(JsonNode info) {
        JsonNode facts = info.has("metadatas") ? info.path("metadatas") : info.path("metadata");
        List<String> zones = new ArrayList<>();
        for (String zone : facts.path("zonesAvailable").asText("").split(",", -1)) {
            if (!zone.isBlank()) {
                zones.add(zone.strip());
            }
        }
        return zones;
    }

    private static Optional<String> metricOf(JsonNode info) {
        String name = info.path("metricName").asText("");
        return name.isBlank()
                ? Optional.empty()
                : Optional.of(name.substring(name.lastIndexOf('/') + 1).toUpperCase(Locale.ROOT));
    }

    /** Its code, or the first reason there is; empty if there is none. */
    String code() {
        return codes.isEmpty() ? "" : codes.get(0);
    }

    /** What it means by itself; empty if it only says that something went wrong. */
    Optional<Kind> kind() {
        // A rate limit speaks of a quota too, so it is looked for first.
        if (has(RATE) || RATE_TEXT.matcher(message).find()) {
            return Optional.of(Kind.RATE);
        }
        if (isStockout()) {
            return Optional.of(Kind.STOCKOUT);
        }
        if (codes.stream().anyMatch(code -> lower(code).contains("quota"))
                || QUOTA_TEXT.matcher(message).find()) {
            return Optional.of(Kind.QUOTA);
        }
        if (codes.stream().anyMatch(code -> lower(code).startsWith("ip_space_exhausted"))) {
            return Optional.of(Kind.IP_SPACE);
        }
        return kindByCode();
    }

    private Optional<Kind> kindByCode() {
        if (has(CONFLICT)) {
            return Optional.of(Kind.CONFLICT);
        }
        if (has(NOT_READY) || (has(CONFIGURATION) && lower(message).contains("fingerprint"))) {
            return Optional.of(Kind.NOT_READY);
        }
        if (has(UNSUPPORTED) || isKindMissing()) {
            return Optional.of(Kind.UNSUPPORTED);
        }
        if (has(NOT_FOUND)) {
            return Optional.of(Kind.NOT_FOUND);
        }
        if (has(AUTHORIZATION)) {
            return Optional.of(Kind.AUTHORIZATION);
        }
        return has(CONFIGURATION) ? Optional.of(Kind.CONFIGURATION) : Optional.empty();
    }

    private boolean isStockout() {
        return has(STOCKOUT)
                || codes.stream().anyMatch(code -> lower(code).contains("resource_pool_exhausted"))
                || isTooFew()
                || lower(message).contains("does not have enough resources available")
                || message.contains("GPU_STOCKOUT");
    }

    private boolean isTooFew() {
        return codes.stream().anyMatch(code -> lower(code).equals(TOO_FEW));
    }

    /** A machine, a card, a disk that this zone does not have and another may. */
    private boolean isKindMissing() {
        boolean named = message.contains("/machineTypes/")
                || message.contains("/acceleratorTypes/")
                || message.contains("/diskTypes/");
        return (has(NOT_FOUND) && named)
                || ((has(NOT_FOUND) || has(CONFIGURATION))
                        && KIND_MISSING.matcher(message).find());
    }

    private boolean has(Set<String> known) {
        return codes.stream().anyMatch(code -> known.contains(lower(code)));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** How much it says: the smaller the more. */
    int rank() {
        Optional<Kind> kind = kind();
        if (kind.isEmpty()) {
            return TELLING.size() + 1;
        }
        boolean vague = isTooFew() && codes.size() == 1;
        return vague ? TELLING.size() : TELLING.indexOf(kind.get());
    }

    /** The quota, as regions and projects name it. */
    Optional<String> quota() {
        Matcher named = QUOTA_TEXT.matcher(message);
        return named.find() && named.group(1).contains("_") ? Optional.of(named.group(1)) : metric;
    }
}
