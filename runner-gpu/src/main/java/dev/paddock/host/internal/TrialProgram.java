package dev.paddock.host.internal;

import dev.paddock.capacity.ArchitectureSupport.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The smallest program of an architecture: a static ELF file of one segment whose three instructions exit with
 * {@link #EXIT_CODE}. It shows that such programs run, without a compiler, a container or a network.
 */
public final class TrialProgram {
    /** What it exits with; no shell that stumbles over the file does. */
    public static final int EXIT_CODE = 42;

    private static final int ADDRESS = 0x400000;

    private TrialProgram() {}

    /**
     * The file's bytes.
     *
     * @param architecture of the program
     * @return 132 bytes, 96 for a 32-bit architecture
     */
    public static byte[] of(Architecture architecture) {
        return switch (architecture) {
            case X64 -> wide(62, 0, x64());
            case ARM64 -> wide(183, 0, words(0xd2800540, 0xd2800ba8, 0xd4000001)); // x0 = 42, x8 = 93, svc
            case RISCV64 -> wide(243, 5, words(0x02a00513, 0x05d00893, 0x00000073)); // a0 = 42, a7 = 93, ecall
            case ARM -> narrow(40, 0x05000000, words(0xe3a0002a, 0xe3a07001, 0xef000000)); // r0 = 42, r7 = 1, svc
        };
    }

    /** edi = 42, eax = 60, syscall. */
    private static byte[] x64() {
        return new byte[] {(byte) 0xbf, EXIT_CODE, 0, 0, 0, (byte) 0xb8, 60, 0, 0, 0, 0x0f, 0x05};
    }

    private static byte[] words(int... instructions) {
        byte[] bytes = new byte[instructions.length * 4];
        ByteBuffer code = little(bytes);
        for (int instruction : instructions) {
            code.putInt(instruction);
        }
        return bytes;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer start(byte[] bytes, int elfClass, int machine) {
        return little(bytes)
                .put(new byte[] {0x7f, 'E', 'L', 'F', (byte) elfClass, 1, 1})
                .position(16)
                .putShort((short) 2)
                .putShort((short) machine)
                .putInt(1);
    }

    /** A 64-byte header, a 56-byte segment header, the code. */
    private static byte[] wide(int machine, int flags, byte[] code) {
        int size = 64 + 56 + code.length;
        byte[] bytes = new byte[size];
        ByteBuffer elf =
                start(bytes, 2, machine).putLong(ADDRESS + 120).putLong(64).putLong(0);
        elf.putInt(flags).putShort((short) 64).putShort((short) 56).putShort((short) 1);
        elf.position(64).putInt(1).putInt(5).putLong(0).putLong(ADDRESS).putLong(ADDRESS);
        elf.putLong(size).putLong(size).putLong(0x1000).put(code);
        return bytes;
    }

    /** A 52-byte header, a 32-byte segment header, the code. */
    private static byte[] narrow(int machine, int flags, byte[] code) {
        int size = 52 + 32 + code.length;
        byte[] bytes = new byte[size];
        ByteBuffer elf =
                start(bytes, 1, machine).putInt(ADDRESS + 84).putInt(52).putInt(0);
        elf.putInt(flags).putShort((short) 52).putShort((short) 32).putShort((short) 1);
        elf.position(52).putInt(1).putInt(0).putInt(ADDRESS).putInt(ADDRESS);
        elf.putInt(size).putInt(size).putInt(5).putInt(0x1000).put(code);
        return bytes;
    }
}
