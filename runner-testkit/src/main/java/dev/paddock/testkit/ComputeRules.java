package dev.paddock.testkit;

import dev.paddock.testkit.internal.compute.ComputeSettings;
import java.util.Objects;
import java.util.Optional;

/** How a {@link ComputeEngineSimulator} behaves where Google's service differs from time to time. Not thread-safe. */
public final class ComputeRules {
    private boolean usageShownWhenDone;
    private boolean quotaRefusedByOperation;
    private boolean stockOutDetails = true;
    private boolean stockOutVisible = true;
    private boolean shortLivedTakeEitherQuota;
    private String jitConfigKey = "jit-config";
    private Optional<String> acceptedToken = Optional.empty();

    ComputeRules() {}

    /**
     * Whether the usage in answers counts an instance only from the end of its operation on. Quotas are always
     * enforced from the acceptance on. Default false.
     *
     * @param value true to show it late
     * @return this
     */
    public ComputeRules usageShownWhenDone(boolean value) {
        usageShownWhenDone = value;
        return this;
    }

    /**
     * Whether a creation beyond a quota is accepted and its operation fails, instead of being refused with 403.
     * Default false.
     *
     * @param value true to let operations tell
     * @return this
     */
    public ComputeRules quotaRefusedByOperation(boolean value) {
        quotaRefusedByOperation = value;
        return this;
    }

    /**
     * Whether an operation tells details when a zone has nothing left, such as in which zones of the region there is
     * something. Default true.
     *
     * @param value false for the short form
     * @return this
     */
    public ComputeRules stockOutDetails(boolean value) {
        stockOutDetails = value;
        return this;
    }

    /**
     * Whether an instance for which the zone has nothing is there until its operation tells. Default true.
     *
     * @param value false to never show it
     * @return this
     */
    public ComputeRules stockOutVisible(boolean value) {
        stockOutVisible = value;
        return this;
    }

    /**
     * Whether an on-demand instance that is deleted within 7 days takes the preemptible quota of its accelerator where
     * the standard one is used up. Default false.
     *
     * @param value true to let it
     * @return this
     */
    public ComputeRules shortLivedTakeEitherQuota(boolean value) {
        shortLivedTakeEitherQuota = value;
        return this;
    }

    /**
     * The metadata key of a JIT configuration, for {@link ComputeEngineSimulator#jitConfigs}. Default {@code
     * jit-config}.
     *
     * @param key the key
     * @return this
     */
    public ComputeRules jitConfigKey(String key) {
        jitConfigKey = Objects.requireNonNull(key, "jitConfigKey");
        return this;
    }

    /**
     * The only access token to accept. Default any, and none.
     *
     * @param token the token
     * @return this
     */
    public ComputeRules acceptToken(String token) {
        acceptedToken = Optional.of(token);
        return this;
    }

    ComputeSettings.Rules rules() {
        return new ComputeSettings.Rules(
                usageShownWhenDone,
                quotaRefusedByOperation,
                stockOutDetails,
                stockOutVisible,
                shortLivedTakeEitherQuota,
                jitConfigKey,
                acceptedToken);
    }
}
