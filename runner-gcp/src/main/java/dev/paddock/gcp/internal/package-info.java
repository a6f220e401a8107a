/** What Paddock asks of Compute Engine, and who asks it. Not API. */
@NullMarked
package dev.paddock.gcp.internal;

import org.jspecify.annotations.NullMarked;
