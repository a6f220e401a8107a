package dev.paddock.capacity;

import java.util.Locale;
import java.util.Objects;

/**
 * Whether a host executes programs built for one architecture. Immutable.
 *
 * @param architecture which
 * @param kind whether and how
 * @param reason why not, or not for certain; {@link Reason#NONE} for what was seen to work
 * @param containerCapable whether it also works in containers and other root folders without the emulator inside; true
 *     for what is native
 * @param handler the name of the kernel's entry that takes such programs; empty if there is none or none was seen
 * @param interpreter the emulator that the entry names; empty if there is none
 * @param message one line for a person
 * @param remedy what would enable or mend it, ready to be pasted where it is a command; empty if nothing needs it
 */
public record ArchitectureSupport(
        Architecture architecture,
        Kind kind,
        Reason reason,
        boolean containerCapable,
        String handler,
        String interpreter,
        String message,
        String remedy) {

    /** Of programs. */
    public enum Architecture {
        /** 64-bit x86. */
        X64("x86_64"),
        /** 64-bit ARM. */
        ARM64("aarch64"),
        /** 32-bit ARM, EABI 5. */
        ARM("arm"),
        /** 64-bit RISC-V. */
        RISCV64("riscv64");

        private final String qemuName;

        Architecture(String qemuName) {
            this.qemuName = qemuName;
        }

        /**
         * As QEMU and the kernel spell it.
         *
         * @return such as {@code aarch64}
         */
        public String qemuName() {
            return qemuName;
        }
    }

    /** Whether and how such programs run. */
    public enum Kind {
        /** By the processor. */
        NATIVE,
        /** By an emulator that the kernel starts; several times slower. */
        EMULATED,
        /** Not at all. */
        UNAVAILABLE,
        /** It could not be found out. */
        UNKNOWN
    }

    /** Why not. */
    public enum Reason {
        /** Nothing is in the way. */
        NONE,
        /** The kernel's table of entries is not mounted, and such a program did not run. */
        NOT_MOUNTED,
        /** The table is switched off. */
        GLOBALLY_DISABLED,
        /** No entry takes such programs. */
        NOT_REGISTERED,
        /** The entry that takes them is switched off. */
        ENTRY_DISABLED,
        /** The entry's emulator is not there. */
        INTERPRETER_MISSING,
        /** An entry takes them, and still such a program did not run to its end. */
        PROBE_FAILED,
        /** No program could be executed for a trial: every folder tried forbids it. */
        NOT_PROBED,
        /** Only Linux is asked. */
        NOT_LINUX
    }

    /** Checks for nulls. */
    public ArchitectureSupport {
        Objects.requireNonNull(architecture, "architecture");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(interpreter, "interpreter");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(remedy, "remedy");
    }

    /**
     * Whether such programs were seen to run, natively or not.
     *
     * @return true for {@link Kind#NATIVE} and {@link Kind#EMULATED}
     */
    public boolean isAvailable() {
        return kind == Kind.NATIVE || kind == Kind.EMULATED;
    }

    /**
     * The label of a runner that emulates this architecture. It is never the label of a runner that is of it, such as
     * {@code ARM64}: jobs that ask for that would get an emulator.
     *
     * @return such as {@code emulated-arm64}; empty unless it is emulated
     */
    public String label() {
        return kind == Kind.EMULATED ? "emulated-" + architecture.name().toLowerCase(Locale.ROOT) : "";
    }
}
