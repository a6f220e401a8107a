package dev.paddock.gpu.internal;

import com.sun.jna.Native;
import dev.paddock.host.internal.OshiHardware;

/** Uses each library that the module needs and prints as which module it was found: the main of a JVM of its own. */
final class HostMain {
    private HostMain() {}

    public static void main(String[] args) {
        System.out.println(ToolJson.parse("{\"json\": 1}"));
        System.out.println(new OshiHardware().processor().logical().isKnown());
        for (Class<?> type : new Class<?>[] {HostMain.class, Native.class, oshi.SystemInfo.class}) {
            System.out.println(type.getModule().getName());
        }
    }
}
