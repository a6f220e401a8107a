/** The engine of the Compute Engine simulator: no transport, no real time. */
@NullMarked
package dev.paddock.testkit.internal.compute;

import org.jspecify.annotations.NullMarked;
