/** Everything Paddock throws. One root, {@link dev.paddock.error.RunnerException}; all unchecked. */
@NullMarked
package dev.paddock.error;

import org.jspecify.annotations.NullMarked;
