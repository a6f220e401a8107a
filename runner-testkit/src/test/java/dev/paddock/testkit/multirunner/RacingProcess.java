package dev.paddock.testkit.multirunner;

import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.TaskPlace;
import dev.paddock.task.Task;
import java.io.IOException;
import java.nio.file.Path;

/** One of several processes that assign tasks of one pool at a time; prints {@code task runner} for each. */
final class RacingProcess {
    private RacingProcess() {}

    /** State file, name, number of tasks, {@code logged} or not; begins when a line is put in. */
    public static void main(String... args) throws IOException {
        MultiRunner.Builder builder = MultiRunner.builder(Path.of(args[0]));
        MultiRunner pool = (args[3].equals("logged") ? builder.logged() : builder.unforced()).build();
        pool.status();
        System.out.println("ready");
        if (System.in.read() < 0) {
            return;
        }
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            TaskPlace place = pool.assign(Task.of(args[1] + "-" + i));
            System.out.println(place.task() + " " + place.runner().id());
        }
    }
}
