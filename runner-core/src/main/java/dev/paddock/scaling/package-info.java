/** How many runners should exist, and why: pure functions and the records they exchange. */
@NullMarked
package dev.paddock.scaling;

import org.jspecify.annotations.NullMarked;
