package dev.paddock.github;

/** Who calls, as the JSON object that GitHub's own clients send. */
final class UserAgent {
    private final String head;
    private final String tail;

    UserAgent(String subsystem) {
        String version = version();
        head = "{\"system\":\"paddock\",\"version\":\"" + version + "\",\"commit_sha\":\"NA\",\"scale_set_id\":";
        tail = ",\"subsystem\":\"" + subsystem + "\",\"build_version\":\"" + version
                + "\",\"build_commit_sha\":\"NA\",\"kind\":\"scaleset\"}";
    }

    /** 0 where no scale set is concerned. */
    String forScaleSet(long id) {
        return head + id + tail;
    }

    private static String version() {
        String version = UserAgent.class.getPackage().getImplementationVersion();
        return version == null || !version.matches("[A-Za-z0-9._+-]{1,64}") ? "dev" : version;
    }
}
