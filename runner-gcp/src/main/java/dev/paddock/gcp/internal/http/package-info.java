/** Compute Engine over Java's own HTTP client: for simulations, in any time. Not API. */
@NullMarked
package dev.paddock.gcp.internal.http;

import org.jspecify.annotations.NullMarked;
