/** The ways to ask each vendor's driver; not API. */
@NullMarked
package dev.paddock.gpu.internal;

import org.jspecify.annotations.NullMarked;
