package dev.paddock.testkit;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which classes hold what several threads change: volatile fields, atomics, collections for threads, queues that block.
 * All else belongs to one serial section, so each class that needs one is named, with its reason. A collection may
 * hide behind a field of a plain interface, so that making one counts too.
 */
final class SharedState extends ArchCondition<JavaClass> {
    /** The classes of core that may, and why. A nested class is named with its outer one. */
    static final Map<String, String> IN_CORE = Map.ofEntries(
            Map.entry("dev.paddock.internal.engine.SerialSection", "the inbox, into which any thread posts"),
            Map.entry(
                    "dev.paddock.internal.engine.Coordinator",
                    "the holder of the last snapshot, which any thread reads"),
            Map.entry(
                    "dev.paddock.internal.engine.EventHub",
                    "the subscribers and the rings between the section and their thread"),
            Map.entry("dev.paddock.internal.journal.GroupCommit", "what waits for the thread that writes the journal"),
            Map.entry(
                    "dev.paddock.internal.journal.InMemoryJournal",
                    "the same, for a journal without a thread of its own"),
            Map.entry("dev.paddock.internal.journal.DiskStorage", "the folders open in this process, one owner each"),
            Map.entry(
                    "dev.paddock.internal.multirunner.FileGate",
                    "whose turn it is at each file, among the threads here"),
            Map.entry("dev.paddock.internal.multirunner.MemoryStore", "whose turn it is at a pool in memory"),
            Map.entry(
                    "dev.paddock.internal.journal.Lease",
                    "until when the database's lease holds, read before each write"),
            Map.entry("dev.paddock.spi.SystemScheduler", "makes the threads, and the queues they take their work from"),
            Map.entry("dev.paddock.capacity.HostSlots", "the plan and who holds its places, for several providers"));

    private static final List<String> TYPES = List.of(
            "java.util.concurrent.atomic.",
            "java.util.concurrent.locks.",
            "java.util.concurrent.Concurrent",
            "java.util.concurrent.CopyOnWrite",
            "java.lang.invoke.VarHandle",
            "java.lang.ThreadLocal",
            "java.lang.InheritableThreadLocal",
            "sun.misc.Unsafe");
    private static final Set<String> ONE_BY_ONE = Set.of(
            "java.util.Hashtable",
            "java.util.Vector",
            "java.util.Stack",
            "java.util.concurrent.CountDownLatch",
            "java.util.concurrent.CyclicBarrier",
            "java.util.concurrent.Exchanger",
            "java.util.concurrent.Phaser",
            "java.util.concurrent.Semaphore");

    private final Set<String> allowed;

    SharedState(Set<String> allowed) {
        super("hold nothing that several threads change");
        this.allowed = allowed;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (allowed.contains(outermost(type))) {
            return;
        }
        for (JavaField field : type.getFields()) {
            boolean isVolatile = field.getModifiers().contains(JavaModifier.VOLATILE);
            if (isVolatile || field.getType().getAllInvolvedRawTypes().stream().anyMatch(SharedState::isShared)) {
                events.add(SimpleConditionEvent.violated(field, field.getFullName() + " is shared"));
            }
        }
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
            if (access instanceof JavaCodeUnitAccess<?> call && makes(call)) {
                events.add(SimpleConditionEvent.violated(call, call.getDescription()));
            }
        }
    }

    private static String outermost(JavaClass type) {
        String name = type.getName();
        return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
    }

    private static boolean makes(JavaCodeUnitAccess<?> call) {
        JavaClass owner = call.getTargetOwner();
        boolean wraps = owner.getName().equals("java.util.Collections")
                && call.getName().startsWith("synchronized");
        boolean finds = owner.getName().equals("java.lang.invoke.MethodHandles$Lookup")
                && call.getName().contains("VarHandle");
        return wraps
                || finds
                || (isShared(owner)
                        && (call.getName().equals(JavaConstructor.CONSTRUCTOR_NAME)
                                || call.getName().equals("newKeySet")
                                || call.getName().equals("newUpdater")
                                || call.getName().equals("withInitial")));
    }

    private static boolean isShared(JavaClass type) {
        return TYPES.stream().anyMatch(type.getName()::startsWith)
                || ONE_BY_ONE.contains(type.getName())
                || type.isAssignableTo(java.util.concurrent.BlockingQueue.class);
    }
}
