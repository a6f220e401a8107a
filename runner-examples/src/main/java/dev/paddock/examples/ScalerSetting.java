package dev.paddock.examples;

import java.util.Arrays;
import java.util.Optional;

/** What can be set of {@code gcp-scaler}: each by a flag, some by an environment variable, most in the file of pools. */
public enum ScalerSetting {
    /** Where jobs come from. */
    URL("--url", "", "", Of.POOL, "URL", "The repository, organization or enterprise, as typed in a browser."),
    /** The scale set. */
    NAME("--name", "", "windows-gpu-runners", Of.POOL, "NAME", "The scale set, unique in its runner group."),
    /** The scale set's labels. */
    LABELS(
            "--labels",
            "",
            "Windows,self-hosted,GCP-T4",
            Of.POOL,
            "LABEL,…",
            "The labels that jobs ask for; each with commas between."),
    /** The scale set's group. */
    RUNNER_GROUP("--runner-group", "", "default", Of.POOL, "GROUP", "The runner group, which must exist."),
    /** The most VMs. */
    MAX_RUNNERS("--max-runners", "", "5", Of.POOL, "N", "The most VMs at once."),
    /** VMs that wait. */
    MIN_RUNNERS("--min-runners", "", "0", Of.POOL, "N", "VMs that wait for jobs beyond those that work."),
    /** Whose App it is. */
    APP_CLIENT_ID(
            "--app-client-id",
            "SCALER_APP_CLIENT_ID",
            "",
            Of.LOGIN,
            "ID",
            "The client id of a GitHub App, which goes before a token."),
    /** Where the App is installed. */
    APP_INSTALLATION_ID(
            "--app-installation-id", "SCALER_APP_INSTALLATION_ID", "", Of.LOGIN, "N", "The App's installation."),
    /** What the App signs with. */
    APP_PRIVATE_KEY(
            "--app-private-key",
            "SCALER_APP_PRIVATE_KEY",
            "",
            Of.SECRET,
            "FILE",
            "The App's key: its PEM file, or the text of it. A text is better kept off the command line."),
    /** A token. */
    TOKEN(
            "--token",
            "SCALER_TOKEN",
            "",
            Of.SECRET,
            "TOKEN",
            "A token. All users of this host can read it there: better the variable, or --token-file."),
    /** A token's file. */
    TOKEN_FILE("--token-file", "SCALER_TOKEN_FILE", "", Of.LOGIN, "FILE", "A file with the token."),
    /** Google's project. */
    GCP_PROJECT("--gcp-project", "", "", Of.POOL, "ID", "The project that VMs are made in."),
    /** Where VMs may be. */
    GCP_ZONES(
            "--gcp-zones",
            "",
            "us-east1-c,us-east1-d,us-central1-a,us-west1-a",
            Of.POOL,
            "ZONE,…",
            "The zones to use, in the order preferred where nothing else decides."),
    /** What VMs are made from. */
    GCP_INSTANCE_TEMPLATE(
            "--gcp-instance-template",
            "",
            "",
            Of.POOL,
            "NAME",
            "The instance template: of the project, or regions/R/instanceTemplates/NAME."),
    /** Whether a GPU is expected. */
    GCP_GPU_TYPE(
            "--gcp-gpu-type",
            "",
            "nvidia-tesla-t4",
            Of.POOL,
            "TYPE",
            "Whether the template gives VMs a GPU, without which their boot fails: its name, or none. Which one they have"
                    + " the template alone says; the name is not compared with it."),
    /** The system on the VMs. */
    PLATFORM("--platform", "", "windows", Of.POOL, "NAME", "windows or linux: the image's system."),
    /** What VMs are called. */
    VM_PREFIX(
            "--vm-prefix",
            "",
            "win-test, or linux-test",
            Of.POOL,
            "NAME",
            "The first part of the names of VMs, and the pool's name in what is told."),
    /** How often all is listed. */
    GCP_CLEANUP_INTERVAL(
            "--gcp-cleanup-interval",
            "SCALER_GCP_CLEANUP_INTERVAL",
            "2m",
            Of.PROCESS,
            "DURATION",
            "How often all VMs and registrations are listed, and what is left over removed; 0 for the default."),
    /** How old a session becomes. */
    SESSION_MAX_AGE(
            "--session-max-age",
            "SCALER_SESSION_MAX_AGE",
            "2h",
            Of.POOL,
            "DURATION",
            "After how long the session at GitHub is replaced by a fresh one; 0 for never."),
    /** How long what nobody needs stays. */
    ORPHAN_GRACE_PERIOD(
            "--orphan-grace-period",
            "SCALER_ORPHAN_GRACE_PERIOD",
            "30m",
            Of.POOL,
            "DURATION",
            "How long a VM stays that has no job and is not needed; 0 for the default, negative for until Google"
                    + " deletes it."),
    /** Where VMs are made. */
    GCP_ENDPOINT(
            "--gcp-endpoint",
            "SCALER_GCP_ENDPOINT",
            "https://compute.googleapis.com",
            Of.PROCESS,
            "URL",
            "Compute Engine: a private endpoint, or a simulator."),
    /** Whose VMs they are. */
    FLEET(
            "--fleet",
            "SCALER_FLEET",
            "the scale set's address",
            Of.PROCESS,
            "NAME",
            "Whose the VMs are: written on each, so it must stay the same. Needed with several pools."),
    /** What is remembered. */
    JOURNAL(
            "--journal",
            "SCALER_JOURNAL",
            "$STATE_DIRECTORY/fleet.journal, else none",
            Of.PROCESS,
            "FILE",
            "Remembers the fleet over restarts."),
    /** Health and metrics. */
    HTTP_PORT(
            "--http-port",
            "SCALER_HTTP_PORT",
            "none",
            Of.PROCESS,
            "PORT",
            "Answers /healthz, /metrics and /status on 127.0.0.1; 0 for any free port."),
    /** Several pools. */
    CONFIG("--config", "SCALER_CONFIG", "none", Of.LINE, "FILE", "A YAML or JSON file with several pools.");

    /** What a setting is of, and with that where it may stand. */
    enum Of {
        /** One pool: may stand in the file, at the top for all pools. */
        POOL,
        /** The process: may stand at the top of the file. */
        PROCESS,
        /** Who asks GitHub: may stand at the top of the file. */
        LOGIN,
        /** The same, and not to be written into a file with other things. */
        SECRET,
        /** Only a flag or a variable. */
        LINE
    }

    private final String flag;
    private final String variable;
    private final String usual;
    private final Of of;
    private final String label;
    private final String meaning;

    ScalerSetting(String flag, String variable, String usual, Of of, String label, String meaning) {
        this.flag = flag;
        this.variable = variable;
        this.usual = usual;
        this.of = of;
        this.label = label;
        this.meaning = meaning;
    }

    /** {@return the flag, with its dashes; without them it is the key in the file} */
    public String flag() {
        return flag;
    }

    /** {@return the environment variable, if it has one} */
    public Optional<String> variable() {
        return Optional.of(variable).filter(name -> !name.isEmpty());
    }

    /** {@return what holds where nothing is said, in words where it depends; empty if it must be said} */
    public String usual() {
        return usual;
    }

    /** {@return what it is, in a sentence or two} */
    public String meaning() {
        return meaning;
    }

    String label() {
        return label;
    }

    Of of() {
        return of;
    }

    String key() {
        return flag.substring(2);
    }

    static Optional<ScalerSetting> ofKey(String key) {
        return Arrays.stream(values()).filter(one -> one.key().equals(key)).findFirst();
    }
}
