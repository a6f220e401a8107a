package dev.paddock.testkit.conformance;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** Stands in for the scaler under its unit: says how it was started, drains on SIGUSR1, and fails when told to. */
final class ScalerProgram {
    private ScalerProgram() {}

    public static void main(String[] arguments) throws Exception {
        SSLContext.getDefault();
        var threads = Executors.newFixedThreadPool(4);
        threads.submit(() -> {}).get();
        threads.shutdown();
        onSignal("USR1");
        List<String> said = new ArrayList<>(List.of(arguments));
        said.add("token " + System.getenv("SCALER_TOKEN"));
        said.add("key " + System.getenv("SCALER_APP_PRIVATE_KEY").replace('\n', '|'));
        said.add("user " + System.getProperty("user.name"));
        try {
            Files.writeString(Path.of("/etc/paddock-wrote-this"), "");
            said.add("wrote to /etc");
        } catch (IOException refused) {
            said.add("read-only");
        }
        Files.writeString(Path.of("started." + ProcessHandle.current().pid()), "");
        Files.write(Path.of("draft"), said);
        Files.move(Path.of("draft"), Path.of("said"));
        while (!Files.exists(Path.of("crash"))) {
            new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
        }
        Files.delete(Path.of("crash"));
        System.exit(7);
    }

    /** By reflection, as the compiler calls the class internal. */
    private static void onSignal(String name) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object drained = Proxy.newProxyInstance(
                ScalerProgram.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, values) -> {
                    System.exit(0);
                    return null;
                });
        signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), drained);
    }
}
