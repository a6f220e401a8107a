/** Work that the host program gives to runners itself: tasks, who holds them, and how they ended. */
@NullMarked
package dev.paddock.task;

import org.jspecify.annotations.NullMarked;
