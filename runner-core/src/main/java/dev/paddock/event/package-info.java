/** What a fleet tells its subscribers. The root is {@link dev.paddock.event.FleetEvent}. */
@NullMarked
package dev.paddock.event;

import org.jspecify.annotations.NullMarked;
