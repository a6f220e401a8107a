/** The coordinator and the types its users hold. Start at {@link dev.paddock.RunnerCoordinator}. */
@NullMarked
package dev.paddock;

import org.jspecify.annotations.NullMarked;
