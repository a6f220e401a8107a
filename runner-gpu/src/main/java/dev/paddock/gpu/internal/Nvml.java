package dev.paddock.gpu.internal;

/**
 * The functions of NVIDIA's management library that are used here, as they are in C: each returns NVML's code
 * ({@link NvmlCode}) and leaves its answer in the last argument, which means nothing unless the code is 0. A function
 * that a library does not have answers {@link NvmlCode#FUNCTION_NOT_FOUND}. Nothing is thrown. A handle is an address
 * and good until {@link #shutdown}. Thread-safe; a holder belongs to one thread.
 */
interface Nvml {
    /** Where a call leaves what it found. */
    final class Out {
        long value;
        long second;
        long third;
        long fourth;
        String text = "";
    }

    /** Whose processes are listed. */
    enum Users {
        COMPUTE,
        GRAPHICS,
        MPS
    }

    /** Each success needs one {@link #shutdown}. */
    int init();

    int shutdown();

    int driverVersion(Out text);

    /** As one number: 13000 is 13.0. */
    int cudaVersion(Out value);

    int deviceCount(Out value);

    /** The call that makes the driver start a GPU, so the slow one. */
    int handle(int index, Out value);

    int name(long device, Out text);

    int uuid(long device, Out text);

    /** As {@code 00000000:3B:00.0}. */
    int busId(long device, Out text);

    /** What a function tells that takes a device and leaves a number; the bits of reasons are 64, all else is 32. */
    int number(NvmlFunction function, long device, Out value);

    /** Major, minor. */
    int computeCapability(long device, Out two);

    /** Total, free, used with what is reserved; bytes. */
    int memory(long device, Out three);

    /** Total, reserved, free, used; bytes. */
    int memoryV2(long device, Out four);

    /** Percent of the chip, of its memory. */
    int utilization(long device, Out two);

    int temperature(long device, Out value);

    /** What replaces {@link #temperature} from 12.8 on. */
    int temperatureV(long device, Out value);

    /** Of 0 shutdown, 1 slowdown, 2 memory's most, 3 the chip's most. */
    int temperatureThreshold(long device, int which, Out value);

    int marginTemperature(long device, Out value);

    /** Of 0 graphics, 1 multiprocessors, 2 memory, 3 video. */
    int clock(long device, int which, Out value);

    /** Of type 0 corrected, 1 not; counted since 0 the driver was loaded, 1 ever. */
    int eccErrors(long device, int type, int counter, Out value);

    /** For 0 several corrected errors, 1 one that was not; only their number. */
    int retiredPages(long device, int cause, Out value);

    /** Corrected, not corrected, pending, failed. */
    int remappedRows(long device, Out four);

    /** Fills, for each id, the value and the code of its own. */
    int fields(long device, int[] ids, long[] values, int[] codes);

    /**
     * Lists processes in the layout of a version from 1 to 3.
     *
     * @param count in: the room in records; out: how many there are, with code 7 too
     * @param records zero length to ask for the number; has room for the largest layout
     */
    int processes(Users whose, int version, long device, int[] count, byte[] records);

    /** Now, after the next reset. */
    int migMode(long device, Out two);

    int migDevice(long device, int index, Out value);

    /** The profile's id, its slices, how many fit at most, megabytes; its name, where it is told. */
    int migProfile(long device, int number, Out fourAndText);

    /**
     * Where instances of a profile may begin.
     *
     * @param count in: the room in pairs; out: how many there are
     * @param pairs start and size, one pair after another
     */
    int migPlacements(long device, int profileId, int[] count, int[] pairs);

    int nvLinkState(long device, int link, Out value);

    int nvLinkRemoteBusId(long device, int link, Out text);

    /** State, clique; the cluster's id as hexadecimal text. */
    int fabric(long device, Out twoAndText);

    int eventSetCreate(Out value);

    int supportedEvents(long device, Out value);

    int registerEvents(long device, long types, long set);

    /** The device, the type, the data, and GPU instance and compute instance in the upper and lower half. */
    int eventSetWait(long set, int milliseconds, Out four);

    int eventSetFree(long set);
}
