/** The engine of the Actions service simulator: one monitor, requests in, replies out by callback. */
@NullMarked
package dev.paddock.testkit.internal.actions;

import org.jspecify.annotations.NullMarked;
