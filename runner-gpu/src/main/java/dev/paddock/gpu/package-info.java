/** The GPUs of this host: which there are, what they do and whether they are well. */
@NullMarked
package dev.paddock.gpu;

import org.jspecify.annotations.NullMarked;
