package dev.paddock.gpu;

import dev.paddock.capacity.Reading;

/**
 * A process that uses a GPU. Immutable.
 *
 * @param pid as the driver tells it: in a container the host's number, not the container's
 * @param memory bytes of the GPU's memory it uses
 */
public record GpuProcess(long pid, Reading memory) {}
