/** Files of state that several processes change, and the multi-runner's decisions. Not API. */
@NullMarked
package dev.paddock.internal.multirunner;

import org.jspecify.annotations.NullMarked;
