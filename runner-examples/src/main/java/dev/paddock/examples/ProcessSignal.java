package dev.paddock.examples;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Signals to this process, by the one class of the JDK that hears of them, of which a compiler warns. */
final class ProcessSignal {
    private ProcessSignal() {}

    /**
     * Does something at each signal from now on.
     *
     * @param name without SIG
     * @return false if this system or JVM has no such signal
     */
    @SuppressWarnings("ReferenceEquality") // a proxy is itself and no other
    static boolean on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    ProcessSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "handle" -> action.run();
                            case "equals" -> {
                                return proxy == arguments[0];
                            }
                            case "hashCode" -> {
                                return System.identityHashCode(proxy);
                            }
                            default -> {
                                return name;
                            }
                        }
                        return null;
                    });
            Object one = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, one, handling);
            return true;
        } catch (InvocationTargetException unknown) {
            return false;
        } catch (ReflectiveOperationException noSuchClass) {
            return false;
        }
    }
}
