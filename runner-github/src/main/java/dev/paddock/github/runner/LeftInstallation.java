package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.github.runner.HostJanitor.Item;
import dev.paddock.github.runner.HostJanitor.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The work of an official runner in a folder of its own that is registered no more: it has its programs and no
 * {@code .runner}, and none of them runs.
 */
final class LeftInstallation implements Chore {
    private final Path folder;
    private final Duration age;
    private final InstantSource time;

    LeftInstallation(Path folder, Duration age, InstantSource time) {
        this.folder = folder;
        this.age = age;
        this.time = time;
    }

    @Override
    public List<Find> look() throws IOException {
        List<Find> found = new ArrayList<>();
        for (String work : List.of("_work", "_temp")) {
            Path path = folder.resolve(work);
            if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || !isOld(path) || !isGone()) {
                continue;
            }
            var key = SecureTree.key(folder.toRealPath());
            var item = new Item(
                    Kind.WORK,
                    path.toString(),
                    new ByteSize(Chore.size(path)),
                    "the runner in " + folder + " is registered no more, and does not run");
            found.add(new Find(item, () -> {
                if (!isGone()) {
                    throw new Kept("the runner in " + folder + " is registered again, or runs");
                }
                return SecureTree.delete(folder, key, Path.of(work), new SecureTree.Budget(IN_A_TURN));
            }));
        }
        return found;
    }

    private boolean isGone() {
        RunnerProcesses processes = RunnerProcesses.read();
        return Files.isDirectory(folder.resolve("bin"))
                && !Files.exists(folder.resolve(".runner"), LinkOption.NOFOLLOW_LINKS)
                && processes.listeners(folder).isEmpty()
                && !processes.hasWorker(folder);
    }

    private boolean isOld(Path path) throws IOException {
        try {
            return !Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .plus(age)
                    .isAfter(time.instant());
        } catch (NoSuchFileException gone) {
            return false;
        }
    }
}
