package dev.paddock.testkit;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Keeps the types of a package, but for a few, out of what others see of a class. */
final class NotShow extends ArchCondition<JavaClass> {
    private final String hidden;
    private final Set<String> but;

    NotShow(String hidden, String... but) {
        super("not show " + hidden + " in public signatures");
        this.hidden = hidden;
        this.but = Set.of(but);
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (!isShown(type.getModifiers())) {
            return;
        }
        type.getRawSuperclass().ifPresent(parent -> shown(type, List.of(parent), type.getName(), events));
        shown(type, type.getRawInterfaces(), type.getName(), events);
        for (JavaMember member : type.getMembers()) {
            if (isShown(member.getModifiers())) {
                shown(type, typesOf(member), member.getFullName(), events);
            }
        }
    }

    private static boolean isShown(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static List<JavaClass> typesOf(JavaMember member) {
        List<JavaClass> types = new ArrayList<>();
        if (member instanceof JavaField field) {
            types.addAll(field.getType().getAllInvolvedRawTypes());
        } else if (member instanceof JavaCodeUnit unit) {
            types.addAll(unit.getReturnType().getAllInvolvedRawTypes());
            unit.getParameterTypes().forEach(parameter -> types.addAll(parameter.getAllInvolvedRawTypes()));
            unit.getThrowsClause().getTypes().forEach(types::add);
        }
        return types;
    }

    private void shown(JavaClass type, Iterable<JavaClass> types, String where, ConditionEvents events) {
        for (JavaClass one : types) {
            if (one.getPackageName().startsWith(hidden) && !but.contains(one.getName())) {
                events.add(SimpleConditionEvent.violated(type, where + " shows " + one.getName()));
            }
        }
    }
}
