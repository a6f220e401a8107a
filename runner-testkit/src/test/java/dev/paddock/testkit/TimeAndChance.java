package dev.paddock.testkit;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.BaseStream;

/** Which calls meet time, threads or chance, and so belong to {@code Scheduler} alone. */
final class TimeAndChance extends ArchCondition<JavaClass> {
    private static final Set<String> BANNED = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.System.nanoTime",
            "java.lang.Thread.sleep",
            "java.lang.Thread.startVirtualThread",
            "java.lang.Thread.ofVirtual",
            "java.lang.Thread.ofPlatform",
            "java.lang.Object.wait",
            "java.lang.Math.random",
            "java.util.UUID.randomUUID",
            "java.util.Collections.shuffle",
            "java.util.Collection.parallelStream",
            "java.util.concurrent.CompletableFuture.orTimeout",
            "java.util.concurrent.CompletableFuture.completeOnTimeout",
            "java.util.concurrent.CompletableFuture.delayedExecutor",
            "java.util.concurrent.ForkJoinPool.commonPool",
            "java.util.random.RandomGenerator.getDefault",
            "java.util.random.RandomGenerator.of",
            "java.net.http.HttpClient.send");
    private static final Set<String> BANNED_OWNERS = Set.of(
            "java.time.Clock",
            "java.util.Timer",
            "java.util.concurrent.Executors",
            "java.util.concurrent.ThreadLocalRandom",
            "java.util.random.RandomGeneratorFactory");

    private final Set<String> allowed;

    TimeAndChance(Set<String> allowed) {
        super("leave time, threads and chance to Scheduler");
        this.allowed = allowed;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (isAllowed(type)) {
            return;
        }
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
            if (access instanceof JavaCodeUnitAccess<?> call && isBanned(call)) {
                events.add(SimpleConditionEvent.violated(call, call.getDescription()));
            }
        }
    }

    private boolean isAllowed(JavaClass type) {
        String name = type.getName();
        return allowed.stream().anyMatch(one -> name.equals(one) || name.startsWith(one + "$"));
    }

    private static boolean isBanned(JavaCodeUnitAccess<?> call) {
        JavaClass owner = call.getTargetOwner();
        String method = call.getName();
        List<String> parameters = call.getTarget().getRawParameterTypes().stream()
                .map(JavaClass::getName)
                .toList();
        if (method.equals(JavaConstructor.CONSTRUCTOR_NAME)) {
            return owner.isAssignableTo(Thread.class)
                    || owner.isAssignableTo(ExecutorService.class)
                    || owner.isEquivalentTo(java.util.Timer.class)
                    || owner.isAssignableTo(Random.class)
                    || owner.isEquivalentTo(SplittableRandom.class) && parameters.isEmpty();
        }
        boolean clock =
                owner.getPackageName().startsWith("java.time") && (method.equals("now") || method.equals("system"));
        boolean timed = parameters.contains(TimeUnit.class.getName())
                || owner.isEquivalentTo(TimeUnit.class) && (method.equals("sleep") || method.startsWith("timed"))
                || owner.isEquivalentTo(LockSupport.class) && method.startsWith("park")
                || owner.isAssignableTo(Thread.class) && method.equals("join") && !parameters.isEmpty();
        boolean somebodysThread = owner.isAssignableTo(CompletionStage.class)
                && method.endsWith("Async")
                && !parameters.contains(Executor.class.getName());
        boolean parallel = owner.isAssignableTo(BaseStream.class) && method.equals("parallel");
        boolean inherited = BANNED.stream().anyMatch(banned -> inherits(owner, method, banned));
        return clock || timed || somebodysThread || parallel || inherited || BANNED_OWNERS.contains(owner.getName());
    }

    private static boolean inherits(JavaClass owner, String method, String banned) {
        int dot = banned.lastIndexOf('.');
        return banned.substring(dot + 1).equals(method) && owner.isAssignableTo(banned.substring(0, dot));
    }
}
