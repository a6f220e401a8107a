/** Compute Engine over Google's client; the only place that knows it. Not API. */
@NullMarked
package dev.paddock.gcp.internal.google;

import org.jspecify.annotations.NullMarked;
