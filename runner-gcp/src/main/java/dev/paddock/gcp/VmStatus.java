package dev.paddock.gcp;

import java.util.Locale;

/** What a VM's status means to a fleet. */
enum VmStatus {
    /** It is there, or on its way; so is one whose status is a word that is new. */
    LIVE,
    /** It is going down: its runner has no time left. */
    ENDING,
    /** It has ended, and what is left of it costs on. One that is suspended would be woken with a registration used up. */
    DEAD;

    static VmStatus of(String status) {
        return switch (status.toUpperCase(Locale.ROOT)) {
            case "TERMINATED", "STOPPED", "SUSPENDED" -> DEAD;
            case "STOPPING", "SUSPENDING", "DEPROVISIONING" -> ENDING;
            default -> LIVE;
        };
    }
}
