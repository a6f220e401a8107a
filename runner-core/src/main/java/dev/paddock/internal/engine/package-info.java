/** The engine behind {@link dev.paddock.RunnerCoordinator}. Not API: may change in any release. */
@NullMarked
package dev.paddock.internal.engine;

import org.jspecify.annotations.NullMarked;
