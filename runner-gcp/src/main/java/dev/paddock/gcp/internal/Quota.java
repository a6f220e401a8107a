package dev.paddock.gcp.internal;

/**
 * One quota.
 *
 * @param limit how much is allowed; from 9.2e18 on it means that there is no limit
 * @param usage how much is used
 */
public record Quota(double limit, double usage) {}
