/** How the host is asked; not API. */
@NullMarked
package dev.paddock.host.internal;

import org.jspecify.annotations.NullMarked;
