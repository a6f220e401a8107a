/** Mains and commands. */
@NullMarked
package dev.paddock.examples;

import org.jspecify.annotations.NullMarked;
