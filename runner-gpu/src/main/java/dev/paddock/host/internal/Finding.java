package dev.paddock.host.internal;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.capacity.ArchitectureSupport.Kind;
import dev.paddock.capacity.ArchitectureSupport.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Puts into words, and into commands, what was found out about one architecture. */
final class Finding {
    private static final String TABLE = BinfmtTable.FOLDER;

    private final Architecture architecture;
    private final Optional<BinfmtTable.Entry> entry;
    private final HostFiles files;
    private final String handler;
    private final String interpreter;

    Finding(Architecture architecture, Optional<BinfmtTable.Entry> entry, HostFiles files) {
        this.architecture = architecture;
        this.entry = entry;
        this.files = files;
        handler = entry.map(BinfmtTable.Entry::name).orElse("");
        interpreter = entry.map(BinfmtTable.Entry::interpreter).orElse("");
    }

    ArchitectureSupport emulated() {
        if (entry.isEmpty()) {
            return support(
                    Kind.EMULATED,
                    Reason.NONE,
                    "emulated, by an entry that is not to be seen here; whether it works in containers is not known",
                    "");
        }
        boolean fixed = entry.get().isFixed();
        return support(
                Kind.EMULATED,
                Reason.NONE,
                "emulated by " + interpreter + (fixed ? "" : "; not in containers, for want of the flag F"),
                fixed ? "" : registerWithF(entry.get()));
    }

    ArchitectureSupport compatible() {
        return support(Kind.NATIVE, Reason.NONE, "native: the processor executes it beside its own", "");
    }

    ArchitectureSupport unknown(List<Path> folders) {
        return support(
                Kind.UNKNOWN,
                Reason.NOT_PROBED,
                "not known: no program could be executed in " + folders,
                "name a folder that is not mounted noexec");
    }

    ArchitectureSupport unavailable(Reason reason, String trial) {
        String message = switch (reason) {
            case NOT_MOUNTED -> TABLE + " is not mounted, and a program of it " + trial;
            case GLOBALLY_DISABLED -> "all entries of " + TABLE + " are switched off";
            case NOT_REGISTERED -> "no entry of " + TABLE + " takes its programs";
            case ENTRY_DISABLED -> "the entry " + handler + " is switched off";
            case INTERPRETER_MISSING -> "the entry " + handler + " names " + interpreter + ", which is not there";
            default -> "the entry " + handler + " takes its programs, but a program " + trial;
        };
        return support(Kind.UNAVAILABLE, reason, message, remedy(reason));
    }

    private ArchitectureSupport support(Kind kind, Reason reason, String message, String remedy) {
        boolean inContainers =
                kind == Kind.NATIVE || entry.map(BinfmtTable.Entry::isFixed).orElse(false);
        return new ArchitectureSupport(architecture, kind, reason, inContainers, handler, interpreter, message, remedy);
    }

    private String remedy(Reason reason) {
        String noF = entry.filter(found -> !found.isFixed())
                .map(found -> " && " + registerWithF(found))
                .orElse("");
        return switch (reason) {
            case NOT_MOUNTED -> "sudo mount -t binfmt_misc binfmt_misc " + TABLE;
            case GLOBALLY_DISABLED -> "echo 1 | sudo tee " + TABLE + "/status" + noF;
            case ENTRY_DISABLED -> "echo 1 | sudo tee " + TABLE + "/" + handler + noF;
            default -> install();
        };
    }

    /** The kernel reads the escapes itself; there is no other way to change an entry's flags. */
    private static String registerWithF(BinfmtTable.Entry entry) {
        return "echo -1 | sudo tee " + TABLE + "/" + entry.name() + " && printf '%s' '" + entry.registrationWithF()
                + "' | sudo tee " + TABLE + "/register # re-registers it with the flag F";
    }

    private String install() {
        LinuxHost host = new LinuxHost(files);
        String family = " " + host.release("ID") + " " + host.release("ID_LIKE") + " ";
        if (family.contains(" debian ") || family.contains(" ubuntu ")) {
            return "sudo apt-get install -y qemu-user-static";
        }
        if (family.contains(" fedora ")) {
            return "sudo dnf install -y qemu-user-static && sudo systemctl restart systemd-binfmt";
        }
        if (family.contains(" suse ")) {
            return "sudo zypper install -y qemu-linux-user && sudo systemctl restart systemd-binfmt";
        }
        if (family.contains(" arch ")) {
            return "sudo pacman -S --noconfirm qemu-user-static qemu-user-static-binfmt";
        }
        return "install QEMU's static user emulation for " + architecture.qemuName()
                + " with its entry for binfmt_misc";
    }
}
