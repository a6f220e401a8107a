package dev.paddock.examples.faults;

import static net.bytebuddy.matcher.ElementMatchers.named;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.MethodCall;
import net.bytebuddy.implementation.StubMethod;
import net.bytebuddy.pool.TypePool;

/**
 * Production code with one bug in it: one method of one class is another, and all of our code is loaded once more, with
 * that class in place of the right one.
 */
final class PlantedBug {
    private static final ClassLoader RIGHT = PlantedBug.class.getClassLoader();
    private static final ClassFileLocator FILES = ClassFileLocator.ForClassLoader.of(RIGHT);

    private final String what;
    /** The wrong classes, by name. */
    private final Map<String, byte[]> wrong = new LinkedHashMap<>();

    private PlantedBug(String what, String className, DynamicType.Unloaded<?> made) {
        this.what = what;
        wrong.put(className, made.getBytes());
    }

    /** Both bugs at once: one that a second guard would hide. */
    PlantedBug and(PlantedBug other) {
        wrong.putAll(other.wrong);
        return this;
    }

    private static TypeDescription type(String className) {
        return TypePool.Default.of(FILES).describe(className).resolve();
    }

    /** The method does nothing, and answers null, zero or false. */
    static PlantedBug skipped(String what, String className, String method) {
        return replaced(what, className, method, StubMethod.INSTANCE);
    }

    /** The method always answers this. */
    static PlantedBug answering(String what, String className, String method, Object value) {
        return replaced(what, className, method, FixedValue.value(value));
    }

    /** The method does what another of the same class and with the same arguments does. */
    static PlantedBug doing(String what, String className, String method, String other) {
        MethodDescription instead =
                type(className).getDeclaredMethods().filter(named(other)).getOnly();
        return replaced(what, className, method, MethodCall.invoke(instead).withAllArguments());
    }

    private static PlantedBug replaced(String what, String className, String method, Implementation instead) {
        mustExist(className, method);
        return new PlantedBug(
                what,
                className,
                new ByteBuddy()
                        .redefine(type(className), FILES)
                        .method(named(method))
                        .intercept(instead)
                        .make());
    }

    /** The method gets other arguments, or its answer is changed. */
    static PlantedBug advised(String what, String className, String method, Class<?> advice) {
        mustExist(className, method);
        return new PlantedBug(
                what,
                className,
                new ByteBuddy()
                        .redefine(type(className), FILES)
                        .visit(Advice.to(advice).on(named(method)))
                        .make());
    }

    private static void mustExist(String className, String method) {
        if (type(className).getDeclaredMethods().filter(named(method)).isEmpty()) {
            throw new IllegalArgumentException(className + " has no method " + method + " any more");
        }
    }

    /**
     * The first violation that the simulation finds.
     *
     * @return what was violated and in which seed; null if none was within so many seeds
     */
    String firstViolation(int seeds) {
        return find(seeds, false);
    }

    /** The same, of the simulation of VMs. */
    String firstViolationOfVms(int seeds) {
        return find(seeds, true);
    }

    private String find(int seeds, boolean vms) {
        try {
            Class<?> probe = new Wrong().loadClass(Probe.class.getName());
            Method find = probe.getDeclaredMethod("firstViolation", int.class, boolean.class);
            find.setAccessible(true);
            return (String) find.invoke(null, seeds, vms);
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException(what, failure);
        }
    }

    @Override
    public String toString() {
        return what;
    }

    /** Is loaded with the wrong code, and so runs it. */
    static final class Probe {
        private Probe() {}

        static String firstViolation(int seeds, boolean vms) {
            for (long seed = 1; seed <= seeds; seed++) {
                Episode.Outcome outcome = vms ? new VmEpisode(seed).run() : new Episode(seed).run();
                String violation = outcome.violation();
                if (violation != null) {
                    return "seed " + seed + ": " + violation;
                }
            }
            return null;
        }
    }

    /** Loads our own classes anew; all others are those of everybody. */
    private final class Wrong extends ClassLoader {
        Wrong() {
            super(RIGHT);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.paddock.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defined(name);
            }
        }

        private Class<?> defined(String name) throws ClassNotFoundException {
            try {
                byte[] planted = wrong.get(name);
                byte[] code = planted != null ? planted : FILES.locate(name).resolve();
                return defineClass(name, code, 0, code.length);
            } catch (IOException | IllegalStateException failure) {
                throw new ClassNotFoundException(name, failure);
            }
        }
    }
}
