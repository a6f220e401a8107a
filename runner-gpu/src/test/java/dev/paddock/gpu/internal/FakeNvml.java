package dev.paddock.gpu.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** NVML in Java: GPUs that say what they are told to, or answer a code. Handles are indices from 1. */
final class FakeNvml implements Nvml {
    static final long MIB = 1L << 20;

    /** One GPU, well unless told otherwise. */
    static final class Gpu {
        String name;
        String uuid;
        String busId;
        long[] memory = {81_559 * MIB, 479 * MIB, 0, 81_081 * MIB};
        int[] mig = {0, 0};
        final Map<Integer, Gpu> parts = new HashMap<>();
        /** What {@link Nvml#number} tells; the rest is 0. */
        final Map<NvmlFunction, Long> numbers = new EnumMap<>(Map.of(
                NvmlFunction.NUMA_NODE, 1L,
                NvmlFunction.POWER_USAGE, 11_170L,
                NvmlFunction.ENFORCED_POWER_LIMIT, 700_000L,
                NvmlFunction.POWER_MANAGEMENT_LIMIT, 650_000L,
                NvmlFunction.PERSISTENCE_MODE, 1L,
                NvmlFunction.MAX_MIG_DEVICES, 7L,
                NvmlFunction.CLOCKS_EVENT_REASONS, 4L,
                NvmlFunction.CLOCKS_THROTTLE_REASONS, 4L));
        /** By the name of the method, or of the function where it tells a number; a code other than 0 is answered. */
        final Map<String, Integer> codes = new ConcurrentHashMap<>();

        int lostAfter = Integer.MAX_VALUE;
        int calls;
        Runnable before = () -> {};
        BiFunction<int[], byte[], Integer> processes = (count, records) -> {
            count[0] = 0;
            return 0;
        };
        long[] fields = {0, 0};
        List<String> links = List.of();
        String fabric = "";

        Gpu(int index) {
            name = "NVIDIA H100 80GB HBM3";
            uuid = "GPU-" + index;
            busId = String.format("00000000:%02X:00.0", 0x3b + index);
        }
    }

    final List<Gpu> gpus = new ArrayList<>();
    private final List<Gpu> handles = new ArrayList<>();
    final Map<String, Integer> codes = new ConcurrentHashMap<>();
    final Map<String, Integer> calls = new ConcurrentHashMap<>();
    int cuda = 13_000;
    final List<long[]> events = new ArrayList<>();
    Supplier<Integer> wait = () -> NvmlCode.TIMEOUT;
    final List<Long> registered = new ArrayList<>();

    FakeNvml(int count) {
        for (int i = 0; i < count; i++) {
            gpus.add(new Gpu(i));
        }
    }

    NvmlLibrary.Opened opened() {
        return NvmlLibrary.Opened.of(this);
    }

    int called(String method) {
        return calls.getOrDefault(method, 0);
    }

    /** Of the driver as a whole. */
    private int driver(String method, Runnable answer) {
        calls.merge(method, 1, Integer::sum);
        int code = codes.getOrDefault(method, 0);
        if (code == 0) {
            answer.run();
        }
        return code;
    }

    private int device(String method, long handle, java.util.function.Consumer<Gpu> answer) {
        calls.merge(method, 1, Integer::sum);
        Gpu gpu = at(handle);
        gpu.before.run();
        int code = codes.getOrDefault(method, gpu.codes.getOrDefault(method, 0));
        if (++gpu.calls > gpu.lostAfter) {
            code = NvmlCode.GPU_IS_LOST;
        }
        if (code == 0) {
            answer.accept(gpu);
        }
        return code;
    }

    private synchronized long handleOf(Gpu gpu) {
        if (!handles.contains(gpu)) {
            handles.add(gpu);
        }
        return handles.indexOf(gpu) + 1L;
    }

    private synchronized Gpu at(long handle) {
        return handles.get((int) handle - 1);
    }

    private int value(String method, long handle, Out out, long value) {
        return device(method, handle, g -> out.value = value);
    }

    @Override
    public int init() {
        return driver("init", () -> {});
    }

    @Override
    public int shutdown() {
        return driver("shutdown", () -> {});
    }

    @Override
    public int driverVersion(Out out) {
        return driver("driverVersion", () -> out.text = "580.159.03");
    }

    @Override
    public int cudaVersion(Out out) {
        return driver("cudaVersion", () -> out.value = cuda);
    }

    @Override
    public int deviceCount(Out out) {
        return driver("deviceCount", () -> out.value = gpus.size());
    }

    @Override
    public int handle(int index, Out out) {
        Gpu gpu = gpus.get(index);
        out.value = handleOf(gpu);
        gpu.before.run();
        return gpu.codes.getOrDefault("handle", 0);
    }

    @Override
    public int name(long device, Out out) {
        return device("name", device, g -> out.text = g.name);
    }

    @Override
    public int uuid(long device, Out out) {
        return device("uuid", device, g -> out.text = g.uuid);
    }

    @Override
    public int busId(long device, Out out) {
        return device("busId", device, g -> out.text = g.busId);
    }

    @Override
    public int number(NvmlFunction function, long device, Out out) {
        return device(function.name(), device, g -> out.value = g.numbers.getOrDefault(function, 0L));
    }

    @Override
    public int computeCapability(long device, Out out) {
        return device("computeCapability", device, g -> {
            out.value = 9;
            out.second = 0;
        });
    }

    @Override
    public int memory(long device, Out out) {
        return device("memory", device, g -> {
            out.value = g.memory[0];
            out.second = g.memory[3];
            out.third = g.memory[1] + g.memory[2];
        });
    }

    @Override
    public int memoryV2(long device, Out out) {
        return device("memoryV2", device, g -> {
            out.value = g.memory[0];
            out.second = g.memory[1];
            out.fourth = g.memory[2];
            out.third = g.memory[3];
        });
    }

    @Override
    public int utilization(long device, Out out) {
        return value("utilization", device, out, 0);
    }

    @Override
    public int temperature(long device, Out out) {
        return value("temperature", device, out, 40);
    }

    @Override
    public int temperatureV(long device, Out out) {
        return value("temperatureV", device, out, 41);
    }

    @Override
    public int temperatureThreshold(long device, int which, Out out) {
        return value("temperatureThreshold", device, out, 90);
    }

    @Override
    public int marginTemperature(long device, Out out) {
        return value("marginTemperature", device, out, 30);
    }

    @Override
    public int clock(long device, int which, Out out) {
        return value("clock", device, out, 1980);
    }

    @Override
    public int eccErrors(long device, int type, int counter, Out out) {
        return value("eccErrors", device, out, 0);
    }

    @Override
    public int retiredPages(long device, int cause, Out out) {
        return value("retiredPages", device, out, 0);
    }

    @Override
    public int remappedRows(long device, Out out) {
        return device("remappedRows", device, g -> {
            out.value = 0;
            out.second = 0;
            out.third = 0;
            out.fourth = 0;
        });
    }

    @Override
    public int fields(long device, int[] ids, long[] values, int[] codes) {
        return device("fields", device, g -> {
            for (int i = 0; i < ids.length; i++) {
                codes[i] = g.codes.getOrDefault("field" + ids[i], 0);
                values[i] = g.fields[i];
            }
        });
    }

    @Override
    public int processes(Users whose, int version, long device, int[] count, byte[] records) {
        int[] code = {0};
        int refused = device(whose + "v" + version, device, g -> {
            if (whose == Users.COMPUTE) {
                code[0] = g.processes.apply(count, records);
            } else {
                count[0] = 0;
            }
        });
        return refused == 0 ? code[0] : refused;
    }

    /** Writes records of a size into a list, as a driver would. */
    static BiFunction<int[], byte[], Integer> processes(int stride, long... pidsAndMemory) {
        return (count, records) -> {
            int there = pidsAndMemory.length / 2;
            int room = count[0];
            count[0] = there;
            if (room < there) {
                return NvmlCode.INSUFFICIENT_SIZE;
            }
            ByteBuffer buffer = ByteBuffer.wrap(records).order(ByteOrder.nativeOrder());
            for (int i = 0; i < there; i++) {
                buffer.putInt(i * stride, (int) pidsAndMemory[2 * i]);
                buffer.putLong(i * stride + 8, pidsAndMemory[2 * i + 1]);
                for (int at = 16; at < stride; at += 4) {
                    buffer.putInt(i * stride + at, at < 24 ? -1 : 0);
                }
            }
            return 0;
        };
    }

    @Override
    public int migMode(long device, Out out) {
        return device("migMode", device, g -> {
            out.value = g.mig[0];
            out.second = g.mig[1];
        });
    }

    @Override
    public int migDevice(long device, int index, Out out) {
        Gpu part = at(device).parts.get(index);
        return part == null ? NvmlCode.NOT_FOUND : value("migDevice", device, out, handleOf(part));
    }

    @Override
    public int migProfile(long device, int number, Out out) {
        if (number > 2) {
            return NvmlCode.INVALID_ARGUMENT;
        }
        if (number == 1) {
            return NvmlCode.NOT_SUPPORTED;
        }
        return device("migProfile", device, g -> {
            out.value = 19 - number;
            out.second = 1 + number;
            out.third = 7 - number;
            out.fourth = 9984;
            out.text = (1 + number) + "g.10gb";
        });
    }

    @Override
    public int migPlacements(long device, int profileId, int[] count, int[] pairs) {
        return device("migPlacements", device, g -> {
            count[0] = 2;
            int[] all = {0, 4, 4, 4};
            System.arraycopy(all, 0, pairs, 0, pairs.length);
        });
    }

    @Override
    public int nvLinkState(long device, int link, Out out) {
        if (link >= at(device).links.size()) {
            return NvmlCode.INVALID_ARGUMENT;
        }
        return device("nvLinkState", device, g -> out.value = g.links.get(link).isEmpty() ? 0 : 1);
    }

    @Override
    public int nvLinkRemoteBusId(long device, int link, Out out) {
        return device("nvLinkRemoteBusId", device, g -> out.text = g.links.get(link));
    }

    @Override
    public int fabric(long device, Out out) {
        if (at(device).fabric.isEmpty()) {
            return NvmlCode.NOT_SUPPORTED;
        }
        return device("fabric", device, g -> {
            out.value = 3;
            out.second = 1;
            out.text = g.fabric;
        });
    }

    @Override
    public int eventSetCreate(Out out) {
        return driver("eventSetCreate", () -> out.value = 99);
    }

    @Override
    public int supportedEvents(long device, Out out) {
        return value("supportedEvents", device, out, 0x1f);
    }

    @Override
    public int registerEvents(long device, long types, long set) {
        return device("registerEvents", device, g -> registered.add(types));
    }

    @Override
    public synchronized int eventSetWait(long set, int milliseconds, Out out) {
        calls.merge("eventSetWait", 1, Integer::sum);
        int code = wait.get();
        if (code == 0) {
            long[] event = events.remove(0);
            out.value = event[0];
            out.second = event[1];
            out.third = event[2];
        }
        return code;
    }

    @Override
    public int eventSetFree(long set) {
        return driver("eventSetFree", () -> {});
    }
}
