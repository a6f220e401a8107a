/** GitHub: scale sets, credentials, the listener. Start at {@code ScaleSetListener}. */
@NullMarked
package dev.paddock.github;

import org.jspecify.annotations.NullMarked;
