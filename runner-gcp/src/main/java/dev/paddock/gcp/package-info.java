/** Runners as VMs of Google Compute Engine. Start at {@code GcpRunnerProvider}. */
@NullMarked
package dev.paddock.gcp;

import org.jspecify.annotations.NullMarked;
