/** What others implement: where jobs come from, where runners run, what time is, what survives a crash. */
@NullMarked
package dev.paddock.spi;

import org.jspecify.annotations.NullMarked;
