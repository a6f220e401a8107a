/** Measures what {@code docs/performance.md} says; {@link dev.paddock.benchmarks.Report} runs all of it. */
@NullMarked
package dev.paddock.benchmarks;

import org.jspecify.annotations.NullMarked;
