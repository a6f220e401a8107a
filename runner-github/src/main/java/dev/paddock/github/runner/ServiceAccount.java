package dev.paddock.github.runner;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/** Whether a user of this host is fit to run other people's jobs. {@code id} knows users that no file lists. */
final class ServiceAccount {
    /** By each of these a job becomes root. */
    static final List<String> PRIVILEGED = List.of("admin", "docker", "lxd", "root", "sudo", "wheel");

    private static final String NOBODY = "65534";
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,30}");

    private final ServiceCommands commands;
    private final String id;
    private final String getent;
    private final String user;

    ServiceAccount(ServiceCommands commands, String id, String getent, String user) {
        this.commands = commands;
        this.id = id;
        this.getent = getent;
        this.user = user;
    }

    static String checked(String user) {
        if (!NAME.matcher(user).matches()) {
            throw new IllegalArgumentException(
                    "a user is a name of up to 31 letters, digits, _ . or -, such as gha-runner: \""
                            + user.replaceAll("\\p{Cntrl}", "?") + "\"");
        }
        return user;
    }

    /** What speaks against the user; empty if nothing does. */
    CompletableFuture<List<String>> problems(boolean privilegedAllowed) {
        return commands.run(List.of(id, "-u", user)).thenCompose(uid -> {
            if (!uid.isSuccess()) {
                return CompletableFuture.completedFuture(List.of("there is no user " + user
                        + ": useradd --system --create-home --shell /usr/sbin/nologin " + user));
            }
            String number = uid.output().strip();
            return commands.run(List.of(id, "-nG", user)).thenApply(groups -> {
                groups.orThrow("see what its groups are");
                return privilegedAllowed ? List.of() : privileges(number, groups.output());
            });
        });
    }

    private List<String> privileges(String uid, String groups) {
        List<String> problems = new ArrayList<>();
        boolean root = uid.equals("0");
        if (uid.equals(NOBODY)) {
            problems.add(
                    user + " is whom other programs run as that trust nobody else: name a user made for the runner");
        }
        if (root) {
            problems.add(user + " is root, and so would be every job: name a user made for the runner, or call"
                    + " allowPrivilegedUser()");
        }
        var privileged = new TreeSet<>(Arrays.asList(groups.strip().split("\\s+")));
        privileged.retainAll(PRIVILEGED);
        for (String group : privileged) {
            if (!root || !group.equals("root")) {
                problems.add(user + " is in the group " + group + ", by which a job becomes root: gpasswd -d " + user
                        + " " + group + ", or call allowPrivilegedUser()");
            }
        }
        return problems;
    }

    /** A unit with a group that is not there does not start. */
    CompletableFuture<List<String>> missing(List<String> groups) {
        CompletableFuture<List<String>> found = CompletableFuture.completedFuture(List.of());
        for (String group : groups) {
            found = found.thenCompose(problems -> commands.run(List.of(getent, "group", group))
                    .thenApply(answer -> answer.isSuccess() ? problems : added(problems, group)));
        }
        return found;
    }

    private static List<String> added(List<String> problems, String group) {
        List<String> more = new ArrayList<>(problems);
        more.add("there is no group " + group + ", so the service could not start: leave it out of groups(...), or"
                + " groupadd --system " + group);
        return more;
    }

    /** How a script is run as the user, with the environment that it is given. */
    static List<String> as(String user, Path script, String verb) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name")) && !user.equals("root")) {
            command.addAll(List.of("runuser", "-u", user, "--"));
        }
        command.addAll(List.of(script.toString(), verb));
        return command;
    }
}
