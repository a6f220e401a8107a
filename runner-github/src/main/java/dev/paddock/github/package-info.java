/**
 * GitHub: scale sets, workflow jobs, credentials, the listeners. Start at {@code ScaleSetListener}; without scale sets,
 * at {@code WorkflowJobListener}.
 */
@NullMarked
package dev.paddock.github;

import org.jspecify.annotations.NullMarked;
