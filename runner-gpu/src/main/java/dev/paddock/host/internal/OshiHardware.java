package dev.paddock.host.internal;

import dev.paddock.capacity.Reading;
import oshi.SystemInfo;

/**
 * OSHI's knowledge. It is asked for nothing else: it takes no notice of limits of containers above the nearest, and
 * starts commands to list disks and graphics cards.
 */
public final class OshiHardware implements Hardware {
    /** Asks nothing yet: to load OSHI is slow. */
    public OshiHardware() {}

    @Override
    public Processor processor() {
        var processor = new SystemInfo().getHardware().getProcessor();
        return new Processor(
                processor.getProcessorIdentifier().getName().trim(),
                positive(processor.getPhysicalProcessorCount()),
                positive(processor.getLogicalProcessorCount()));
    }

    @Override
    public Machine machine() {
        SystemInfo system = new SystemInfo();
        var os = system.getOperatingSystem();
        var memory = system.getHardware().getMemory();
        String version = os.getVersionInfo().getVersion();
        return new Machine(
                os.getFamily(),
                version == null ? "" : version,
                positive(memory.getTotal()),
                positive(memory.getAvailable()));
    }

    private static Reading positive(long number) {
        return number > 0 ? Reading.of(number) : Reading.notSupported();
    }
}
