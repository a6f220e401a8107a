/** Runners on this host. Start at {@code LocalRunnerProvider}. */
@NullMarked
package dev.paddock.github.runner;

import org.jspecify.annotations.NullMarked;
