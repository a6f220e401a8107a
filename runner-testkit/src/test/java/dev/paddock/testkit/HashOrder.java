package dev.paddock.testkit;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/**
 * Which calls make a collection whose order is that of a hash table, or of chance: a decision that walks it is not a
 * function of its input. Collections that keep an order cost nearly the same.
 */
final class HashOrder extends ArchCondition<JavaClass> {
    private static final Set<String> MADE = Set.of(
            "java.util.HashMap",
            "java.util.HashSet",
            "java.util.IdentityHashMap",
            "java.util.WeakHashMap",
            "java.util.concurrent.ConcurrentHashMap");
    private static final Set<String> CALLED = Set.of(
            "java.util.stream.Collectors.toSet",
            "java.util.stream.Collectors.toUnmodifiableSet",
            "java.util.stream.Collectors.toUnmodifiableMap",
            "java.util.concurrent.ConcurrentHashMap.newKeySet",
            "java.util.Map.ofEntries",
            "java.util.Map.copyOf",
            "java.util.Set.copyOf");
    /** These make a hash table unless they are told what else. */
    private static final Set<String> UNLESS_TOLD =
            Set.of("java.util.stream.Collectors.toMap", "java.util.stream.Collectors.groupingBy");

    private final Set<String> allowed;

    HashOrder(Set<String> allowed) {
        super("make no collection in the order of hashes");
        this.allowed = allowed;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
            if (access instanceof JavaCodeUnitAccess<?> call && isBanned(call) && !allowed.contains(type.getName())) {
                events.add(SimpleConditionEvent.violated(call, call.getDescription()));
            }
        }
    }

    private static boolean isBanned(JavaCodeUnitAccess<?> call) {
        String owner = call.getTargetOwner().getName();
        int parameters = call.getTarget().getRawParameterTypes().size();
        if (call.getName().equals(JavaConstructor.CONSTRUCTOR_NAME)) {
            return MADE.contains(owner);
        }
        String method = owner + "." + call.getName();
        boolean elements = (method.equals("java.util.Set.of") && parameters > 1)
                || (method.equals("java.util.Map.of") && parameters > 2);
        boolean untold = UNLESS_TOLD.contains(method)
                && call.getTarget().getRawParameterTypes().stream()
                        .noneMatch(parameter -> parameter.isEquivalentTo(java.util.function.Supplier.class));
        return elements || untold || CALLED.contains(method);
    }
}
