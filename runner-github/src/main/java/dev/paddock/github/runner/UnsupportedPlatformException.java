package dev.paddock.github.runner;

import java.util.List;

/** There is no package of the official runner for a platform. */
public final class UnsupportedPlatformException extends InstallationException {
    private static final long serialVersionUID = 1;

    UnsupportedPlatformException(String platform, List<String> packages) {
        super(
                "there is no package of the runner for " + platform + ", only for " + String.join(", ", packages)
                        + "; run it on one of these, and what is for " + platform + " in its jobs by emulation",
                false,
                null);
    }
}
