package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import java.util.List;
import java.util.Objects;

/**
 * What one GPU does at a moment. Each number is a reading: what a device does not tell is not 0. Immutable.
 *
 * @param id {@link GpuDevice#id}
 * @param state whether it could be asked at all
 * @param memory bytes
 * @param activity what it does
 * @param faults what is wrong with it
 * @param processes who uses it; empty if nobody, or if {@code processesSeen} is false
 * @param processesSeen whether the list of processes could be read
 */
public record GpuSample(
        String id,
        GpuDevice.State state,
        GpuMemory memory,
        Activity activity,
        Faults faults,
        List<GpuProcess> processes,
        boolean processesSeen) {

    /**
     * What a GPU does.
     *
     * @param utilization percent of the last sample period in which a kernel ran
     * @param temperature degrees Celsius of the chip
     * @param slowdownTemperature degrees Celsius at which the device throttles itself
     * @param maximumTemperature degrees Celsius above which it should not be used
     * @param margin degrees Celsius left to the limit, on devices that tell this instead of thresholds
     * @param power milliwatts
     * @param powerLimit milliwatts
     * @param clock MHz of the multiprocessors
     * @param throttleReasons NVML's bits of why the clock is not higher: 0x1 idle, 0x2 set by an application, 0x4
     *     software power cap, 0x8 hardware slowdown, 0x20 software thermal, 0x40 hardware thermal, 0x80 power brake
     * @param persistence 1 if the driver stays loaded without clients, 0 if not
     */
    public record Activity(
            Reading utilization,
            Reading temperature,
            Reading slowdownTemperature,
            Reading maximumTemperature,
            Reading margin,
            Reading power,
            Reading powerLimit,
            Reading clock,
            Reading throttleReasons,
            Reading persistence) {
        /**
         * An activity of which nothing is known.
         *
         * @param why the reading of every number
         * @return the activity
         */
        public static Activity unknown(Reading why) {
            return new Activity(why, why, why, why, why, why, why, why, why, why);
        }
    }

    /**
     * What a GPU tells of its defects.
     *
     * @param uncorrectedErrors ECC errors since the driver was loaded that could not be corrected
     * @param aggregateUncorrectedErrors the same over the device's life
     * @param retiredPages pages taken out of use; older devices
     * @param retirementPending 1 if pages wait for a reset to be retired, 0 if not
     * @param uncorrectableRemaps rows remapped after errors that could not be corrected
     * @param remapPending 1 if rows wait for a reset to be remapped, 0 if not
     * @param remapFailed 1 if a row could not be remapped, 0 if not
     * @param recoveryAction what the driver advises: 0 nothing, 1 reset the GPU, 2 restart the host, 3 drain
     *     peer-to-peer work, 4 drain and reset, 5 recover the IMEX domain
     */
    public record Faults(
            Reading uncorrectedErrors,
            Reading aggregateUncorrectedErrors,
            Reading retiredPages,
            Reading retirementPending,
            Reading uncorrectableRemaps,
            Reading remapPending,
            Reading remapFailed,
            Reading recoveryAction) {
        /**
         * Faults of which nothing is known.
         *
         * @param why the reading of every number
         * @return the faults
         */
        public static Faults unknown(Reading why) {
            return new Faults(why, why, why, why, why, why, why, why);
        }
    }

    /** Checks for nulls and copies. */
    public GpuSample {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(activity, "activity");
        Objects.requireNonNull(faults, "faults");
        processes = List.copyOf(processes);
    }

    /**
     * A GPU that could not be asked.
     *
     * @param id which
     * @param state why not
     * @param why the reading of every number
     * @return the sample
     */
    public static GpuSample unknown(String id, GpuDevice.State state, Reading why) {
        return new GpuSample(
                id, state, GpuMemory.unknown(why), Activity.unknown(why), Faults.unknown(why), List.of(), false);
    }
}
