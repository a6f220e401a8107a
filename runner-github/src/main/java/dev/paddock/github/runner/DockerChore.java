package dev.paddock.github.runner;

import java.util.ArrayList;
import java.util.List;

/**
 * A command that has Docker delete what bears a label, or what a builder of its own keeps; never what others have.
 *
 * @param line the program and its arguments
 * @param why what it takes away
 */
record DockerChore(List<String> line, String why) {
    /** Stopped containers first, so that their images are free. */
    static List<DockerChore> of(String docker, List<String> labels, List<String> builders) {
        List<DockerChore> chores = new ArrayList<>();
        for (String kind : List.of("container", "image")) {
            for (String label : labels) {
                chores.add(new DockerChore(
                        List.of(docker, kind, "prune", "--force", "--filter", "label=" + label),
                        (kind.equals("image") ? "dangling images" : "stopped containers") + " of label " + label));
            }
        }
        for (String builder : builders) {
            chores.add(new DockerChore(
                    List.of(docker, "buildx", "prune", "--force", "--builder", builder),
                    "the build cache of builder " + builder));
        }
        return List.copyOf(chores);
    }
}
