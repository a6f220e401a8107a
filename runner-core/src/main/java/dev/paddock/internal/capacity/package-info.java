/** How plans of capacity are found. Not API. */
@NullMarked
package dev.paddock.internal.capacity;

import org.jspecify.annotations.NullMarked;
