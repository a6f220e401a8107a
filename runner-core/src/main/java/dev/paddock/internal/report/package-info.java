/** Texts for people and programs: status, explanations, metrics. */
@NullMarked
package dev.paddock.internal.report;

import org.jspecify.annotations.NullMarked;
