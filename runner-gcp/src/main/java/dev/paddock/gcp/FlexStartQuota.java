package dev.paddock.gcp;

/**
 * How VMs of {@link dev.paddock.cost.ProvisioningModel#FLEX_START} count against quotas. Google lets them use the quota
 * of spot VMs or the one on demand, and does not say which it takes.
 */
public enum FlexStartQuota {
    /** Only the one of the two with more room is counted on. The default: nothing is asked for that might be refused. */
    LARGER,
    /** Both are counted on, that of spot VMs first. */
    BOTH
}
