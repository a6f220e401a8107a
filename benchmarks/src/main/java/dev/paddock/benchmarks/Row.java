package dev.paddock.benchmarks;

/**
 * One line of the report.
 *
 * @param what what was measured
 * @param bar what is to be reached
 * @param figure what was reached
 * @param passed whether it was
 */
record Row(String what, String bar, String figure, boolean passed) {}
