/** What a host has and what fits on it: devices, readings and the records that plans are made of. */
@NullMarked
package dev.paddock.capacity;

import org.jspecify.annotations.NullMarked;
