package dev.paddock.cost;

/** On what terms a machine of a cloud is had. Its price and its quota hang on it. */
public enum ProvisioningModel {
    /** On demand, until it is deleted. */
    STANDARD,
    /** Cheaper, and the cloud may take it back at any time. */
    SPOT,
    /** It may have to be waited for, runs for a bounded time and is not taken back before. */
    FLEX_START
}
