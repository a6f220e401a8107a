package dev.paddock.gpu.internal;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * NVML called through JNA: functions by name, structures as plain memory with the offsets of {@link NvmlLayout}, so that
 * neither needs to be open to reflection. A function is looked up when it is first asked for, and once: one that is
 * missing then answers as NVML itself does for a function it does not know.
 */
final class JnaNvml implements Nvml {
    /** Where functions come from. */
    interface Symbols {
        /** Null if the library has none of that name. */
        @Nullable
        Function find(String name);
    }

    /** Room for the answer of a call; the largest holds two field values. Each thread has its own. */
    private static final class Scratch {
        final Memory memory = new Memory(256);
        final Pointer second = memory.share(8);
        final Pointer third = memory.share(16);
        final Pointer fourth = memory.share(24);
    }

    private static final Integer ZERO = 0;

    private final Symbols symbols;
    private final Map<NvmlFunction, Optional<Function>> functions = new ConcurrentHashMap<>();
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    JnaNvml(Symbols symbols) {
        this.symbols = symbols;
    }

    private int call(NvmlFunction function, @Nullable Object... arguments) {
        Optional<Function> found = functions.get(function);
        if (found == null) {
            found = functions.computeIfAbsent(function, f -> Optional.ofNullable(symbols.find(f.symbol())));
        }
        return found.isPresent() ? found.get().invokeInt(arguments) : NvmlCode.FUNCTION_NOT_FOUND;
    }

    @Override
    public int init() {
        return call(NvmlFunction.INIT);
    }

    @Override
    public int shutdown() {
        return call(NvmlFunction.SHUTDOWN);
    }

    @Override
    public int driverVersion(Out out) {
        Memory memory = scratch.get().memory;
        int code = call(NvmlFunction.DRIVER_VERSION, memory, NvmlLayout.DRIVER_VERSION_BYTES);
        return text(code, memory, NvmlLayout.DRIVER_VERSION_BYTES, out);
    }

    @Override
    public int cudaVersion(Out out) {
        Memory memory = scratch.get().memory;
        int code = call(NvmlFunction.CUDA_VERSION, memory);
        return unsigned(code == NvmlCode.FUNCTION_NOT_FOUND ? call(NvmlFunction.CUDA_VERSION_V1, memory) : code, out);
    }

    @Override
    public int deviceCount(Out out) {
        return unsigned(call(NvmlFunction.COUNT, scratch.get().memory), out);
    }

    @Override
    public int handle(int index, Out out) {
        return wide(call(NvmlFunction.HANDLE, index, scratch.get().memory), out);
    }

    @Override
    public int name(long device, Out out) {
        Memory memory = scratch.get().memory;
        return text(call(NvmlFunction.NAME, device, memory, NvmlLayout.NAME_BYTES), memory, NvmlLayout.NAME_BYTES, out);
    }

    @Override
    public int uuid(long device, Out out) {
        Memory memory = scratch.get().memory;
        return text(call(NvmlFunction.UUID, device, memory, NvmlLayout.UUID_BYTES), memory, NvmlLayout.UUID_BYTES, out);
    }

    @Override
    public int busId(long device, Out out) {
        Scratch s = scratch.get();
        return busId(call(NvmlFunction.PCI_INFO, device, s.memory), s.memory, out);
    }

    @Override
    public int number(NvmlFunction function, long device, Out out) {
        int code = call(function, device, scratch.get().memory);
        return function == NvmlFunction.CLOCKS_EVENT_REASONS || function == NvmlFunction.CLOCKS_THROTTLE_REASONS
                ? wide(code, out)
                : unsigned(code, out);
    }

    @Override
    public int computeCapability(long device, Out out) {
        Scratch s = scratch.get();
        return pair(call(NvmlFunction.COMPUTE_CAPABILITY, device, s.memory, s.second), out);
    }

    @Override
    public int memory(long device, Out out) {
        Memory memory = scratch.get().memory;
        int code = call(NvmlFunction.MEMORY, device, memory);
        out.value = memory.getLong(NvmlLayout.MEMORY_TOTAL);
        out.second = memory.getLong(NvmlLayout.MEMORY_FREE);
        out.third = memory.getLong(NvmlLayout.MEMORY_USED);
        return code;
    }

    @Override
    public int memoryV2(long device, Out out) {
        Memory memory = versioned(NvmlLayout.MEMORY_V2_BYTES, NvmlLayout.MEMORY_V2_VERSION);
        int code = call(NvmlFunction.MEMORY_V2, device, memory);
        out.value = memory.getLong(NvmlLayout.MEMORY_V2_TOTAL);
        out.second = memory.getLong(NvmlLayout.MEMORY_V2_RESERVED);
        out.third = memory.getLong(NvmlLayout.MEMORY_V2_FREE);
        out.fourth = memory.getLong(NvmlLayout.MEMORY_V2_USED);
        return code;
    }

    @Override
    public int utilization(long device, Out out) {
        Memory memory = scratch.get().memory;
        int code = call(NvmlFunction.UTILIZATION, device, memory);
        out.value = unsigned(memory, NvmlLayout.UTILIZATION_GPU);
        out.second = unsigned(memory, NvmlLayout.UTILIZATION_MEMORY);
        return code;
    }

    @Override
    public int temperature(long device, Out out) {
        return unsigned(call(NvmlFunction.TEMPERATURE, device, ZERO, scratch.get().memory), out);
    }

    @Override
    public int temperatureV(long device, Out out) {
        Memory memory = versioned(NvmlLayout.TEMPERATURE_BYTES, NvmlLayout.TEMPERATURE_VERSION);
        int code = call(NvmlFunction.TEMPERATURE_V, device, memory);
        out.value = memory.getInt(NvmlLayout.TEMPERATURE_VALUE);
        return code;
    }

    @Override
    public int temperatureThreshold(long device, int which, Out out) {
        return unsigned(call(NvmlFunction.TEMPERATURE_THRESHOLD, device, which, scratch.get().memory), out);
    }

    @Override
    public int marginTemperature(long device, Out out) {
        Memory memory = versioned(NvmlLayout.MARGIN_BYTES, NvmlLayout.MARGIN_VERSION);
        int code = call(NvmlFunction.MARGIN_TEMPERATURE, device, memory);
        out.value = memory.getInt(NvmlLayout.MARGIN_VALUE);
        return code;
    }

    @Override
    public int clock(long device, int which, Out out) {
        return unsigned(call(NvmlFunction.CLOCK, device, which, scratch.get().memory), out);
    }

    @Override
    public int eccErrors(long device, int type, int counter, Out out) {
        return wide(call(NvmlFunction.ECC_ERRORS, device, type, counter, scratch.get().memory), out);
    }

    @Override
    public int retiredPages(long device, int cause, Out out) {
        Memory memory = scratch.get().memory;
        memory.setInt(0, 0);
        int code = call(NvmlFunction.RETIRED_PAGES, device, cause, memory, Pointer.NULL);
        return unsigned(code == NvmlCode.INSUFFICIENT_SIZE ? NvmlCode.SUCCESS : code, out);
    }

    @Override
    public int remappedRows(long device, Out out) {
        Scratch s = scratch.get();
        int code = pair(call(NvmlFunction.REMAPPED_ROWS, device, s.memory, s.second, s.third, s.fourth), out);
        out.third = unsigned(s.memory, 16);
        out.fourth = unsigned(s.memory, 24);
        return code;
    }

    @Override
    public int fields(long device, int[] ids, long[] values, int[] codes) {
        Memory memory = scratch.get().memory;
        memory.clear((long) ids.length * NvmlLayout.FIELD_BYTES);
        for (int i = 0; i < ids.length; i++) {
            memory.setInt((long) i * NvmlLayout.FIELD_BYTES + NvmlLayout.FIELD_ID, ids[i]);
        }
        int code = call(NvmlFunction.FIELD_VALUES, device, ids.length, memory);
        for (int i = 0; i < ids.length; i++) {
            long at = (long) i * NvmlLayout.FIELD_BYTES;
            values[i] = fieldValue(memory, at);
            codes[i] = memory.getInt(at + NvmlLayout.FIELD_CODE);
        }
        return code;
    }

    /** A union; the types are 0 double, 1 and 2 unsigned (the second a C long), 3 and 4 of 64 bits, 5 signed. */
    private static long fieldValue(Memory memory, long at) {
        long value = at + NvmlLayout.FIELD_VALUE;
        return switch (memory.getInt(at + NvmlLayout.FIELD_TYPE)) {
            case 0 -> Math.round(memory.getDouble(value));
            case 1 -> unsigned(memory, value);
            case 5 -> memory.getInt(value);
            case 6 -> Short.toUnsignedLong(memory.getShort(value));
            default -> memory.getLong(value);
        };
    }

    @Override
    public int processes(Users whose, int version, long device, int[] count, byte[] records) {
        return call(
                NvmlFunction.processes(whose, version), device, count, records.length == 0 ? Pointer.NULL : records);
    }

    @Override
    public int migMode(long device, Out out) {
        Scratch s = scratch.get();
        return pair(call(NvmlFunction.MIG_MODE, device, s.memory, s.second), out);
    }

    @Override
    public int migDevice(long device, int index, Out out) {
        return wide(call(NvmlFunction.MIG_DEVICE, device, index, scratch.get().memory), out);
    }

    @Override
    public int migProfile(long device, int number, Out out) {
        Memory memory = versioned(NvmlLayout.MIG_PROFILE_V2_BYTES, NvmlLayout.MIG_PROFILE_V2_VERSION);
        int code = call(NvmlFunction.MIG_PROFILE_V, device, number, memory);
        if (code == NvmlCode.FUNCTION_NOT_FOUND || code == NvmlCode.ARGUMENT_VERSION_MISMATCH) {
            return migProfileV1(device, number, out);
        }
        out.value = unsigned(memory, NvmlLayout.MIG_PROFILE_V2_ID);
        out.second = unsigned(memory, NvmlLayout.MIG_PROFILE_V2_SLICES);
        out.third = unsigned(memory, NvmlLayout.MIG_PROFILE_V2_INSTANCES);
        out.fourth = memory.getLong(NvmlLayout.MIG_PROFILE_V2_MEGABYTES);
        out.text = text(memory, NvmlLayout.MIG_PROFILE_V2_NAME, NvmlLayout.MIG_PROFILE_V2_NAME_BYTES);
        return code;
    }

    private int migProfileV1(long device, int number, Out out) {
        Memory memory = scratch.get().memory;
        int code = call(NvmlFunction.MIG_PROFILE, device, number, memory);
        out.value = unsigned(memory, NvmlLayout.MIG_PROFILE_ID);
        out.second = unsigned(memory, NvmlLayout.MIG_PROFILE_SLICES);
        out.third = unsigned(memory, NvmlLayout.MIG_PROFILE_INSTANCES);
        out.fourth = memory.getLong(NvmlLayout.MIG_PROFILE_MEGABYTES);
        out.text = "";
        return code;
    }

    @Override
    public int migPlacements(long device, int profileId, int[] count, int[] pairs) {
        return call(NvmlFunction.MIG_PLACEMENTS, device, profileId, pairs.length == 0 ? Pointer.NULL : pairs, count);
    }

    @Override
    public int nvLinkState(long device, int link, Out out) {
        return unsigned(call(NvmlFunction.NVLINK_STATE, device, link, scratch.get().memory), out);
    }

    @Override
    public int nvLinkRemoteBusId(long device, int link, Out out) {
        Memory memory = scratch.get().memory;
        return busId(call(NvmlFunction.NVLINK_REMOTE, device, link, memory), memory, out);
    }

    @Override
    public int fabric(long device, Out out) {
        Memory memory = versioned(NvmlLayout.FABRIC_BYTES, NvmlLayout.FABRIC_VERSION);
        int code = call(NvmlFunction.FABRIC, device, memory);
        if (code == NvmlCode.ARGUMENT_VERSION_MISMATCH) {
            memory.setInt(0, NvmlLayout.FABRIC_V2_VERSION);
            code = call(NvmlFunction.FABRIC, device, memory);
        }
        out.value = memory.getByte(NvmlLayout.FABRIC_STATE);
        out.second = unsigned(memory, NvmlLayout.FABRIC_CLIQUE);
        StringBuilder cluster = new StringBuilder();
        for (byte b : memory.getByteArray(NvmlLayout.FABRIC_CLUSTER, NvmlLayout.FABRIC_CLUSTER_BYTES)) {
            cluster.append(Character.forDigit(b >> 4 & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
        }
        out.text = cluster.toString();
        return code == NvmlCode.SUCCESS ? memory.getInt(NvmlLayout.FABRIC_STATUS) : code;
    }

    @Override
    public int eventSetCreate(Out out) {
        return wide(call(NvmlFunction.EVENT_SET_CREATE, scratch.get().memory), out);
    }

    @Override
    public int supportedEvents(long device, Out out) {
        return wide(call(NvmlFunction.SUPPORTED_EVENTS, device, scratch.get().memory), out);
    }

    @Override
    public int registerEvents(long device, long types, long set) {
        return call(NvmlFunction.REGISTER_EVENTS, device, types, set);
    }

    @Override
    public int eventSetWait(long set, int milliseconds, Out out) {
        Memory memory = scratch.get().memory;
        memory.clear(NvmlLayout.EVENT_BYTES);
        memory.setLong(NvmlLayout.EVENT_GPU_INSTANCE, -1);
        int code = call(NvmlFunction.EVENT_SET_WAIT, set, memory, milliseconds);
        if (code == NvmlCode.FUNCTION_NOT_FOUND) {
            code = call(NvmlFunction.EVENT_SET_WAIT_V1, set, memory, milliseconds);
        }
        out.value = memory.getLong(NvmlLayout.EVENT_DEVICE);
        out.second = memory.getLong(NvmlLayout.EVENT_TYPE);
        out.third = memory.getLong(NvmlLayout.EVENT_DATA);
        out.fourth = unsigned(memory, NvmlLayout.EVENT_GPU_INSTANCE) << 32
                | unsigned(memory, NvmlLayout.EVENT_COMPUTE_INSTANCE);
        return code;
    }

    @Override
    public int eventSetFree(long set) {
        return call(NvmlFunction.EVENT_SET_FREE, set);
    }

    // ---- answers --------------------------------------------------------------------------------------------

    private int unsigned(int code, Out out) {
        out.value = unsigned(scratch.get().memory, 0);
        return code;
    }

    private int pair(int code, Out out) {
        out.second = unsigned(scratch.get().memory, 8);
        return unsigned(code, out);
    }

    private int wide(int code, Out out) {
        out.value = scratch.get().memory.getLong(0);
        return code;
    }

    private Memory versioned(int size, int version) {
        Memory memory = scratch.get().memory;
        memory.clear(size);
        memory.setInt(0, version);
        return memory;
    }

    private static long unsigned(Memory memory, long offset) {
        return Integer.toUnsignedLong(memory.getInt(offset));
    }

    private static int busId(int code, Memory memory, Out out) {
        if (code == NvmlCode.SUCCESS) {
            out.text = text(memory, NvmlLayout.PCI_INFO_BUS_ID, NvmlLayout.PCI_INFO_BUS_ID_BYTES);
        }
        return code;
    }

    private static int text(int code, Memory memory, int size, Out out) {
        if (code == NvmlCode.SUCCESS) {
            out.text = text(memory, 0, size);
        }
        return code;
    }

    /** Up to the first zero; never further than the field, in whatever encoding. */
    private static String text(Memory memory, long offset, int size) {
        byte[] bytes = memory.getByteArray(offset, size);
        int end = 0;
        while (end < size && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
