package dev.paddock.gcp.internal;

import java.util.List;

/**
 * What an aggregated list told.
 *
 * @param vms what was found
 * @param unreachable zones that could not be read, and {@code the rest of the list} if a page failed: what is not found
 *     there may exist
 */
public record VmList(List<Vm> vms, List<String> unreachable) {
    /** Copies the lists. */
    public VmList {
        vms = List.copyOf(vms);
        unreachable = List.copyOf(unreachable);
    }
}
