/** What a fleet has counted and measured, and its text for Prometheus. */
@NullMarked
package dev.paddock.metrics;

import org.jspecify.annotations.NullMarked;
