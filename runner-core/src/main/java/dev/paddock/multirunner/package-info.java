/** A pool of runners in one file that any number of processes share: plan, assign, complete, scale. */
@NullMarked
package dev.paddock.multirunner;

import org.jspecify.annotations.NullMarked;
