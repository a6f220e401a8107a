/** This host: what it has, what a process may use of it, and whether it is fit to run runners. */
@NullMarked
package dev.paddock.host;

import org.jspecify.annotations.NullMarked;
