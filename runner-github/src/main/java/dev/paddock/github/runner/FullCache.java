package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.github.runner.HostJanitor.Item;
import dev.paddock.github.runner.HostJanitor.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** A shared cache that is to be smaller than it need be otherwise: half its limit. */
final class FullCache implements Chore {
    private final CacheFolder cache;

    FullCache(CacheFolder cache) {
        this.cache = cache;
    }

    @Override
    public List<Find> look() throws IOException {
        List<Find> found = new ArrayList<>();
        if (!Files.isDirectory(cache.cache().folder().resolve(CacheFolder.OURS))) {
            return found;
        }
        cache.prepare();
        for (CacheSurvey.Entry entry :
                CacheSweep.plan(cache, cache.cache().limit().bytes() / 2)) {
            var item = new Item(
                    Kind.CACHE,
                    cache.cache().folder().resolve(entry.path()).toString(),
                    new ByteSize(entry.bytes()),
                    "of the cache " + cache.cache().name() + ", last used " + entry.lastUsed());
            found.add(new Find(item, () -> {
                CacheFolder.Taken out = cache.takeOut(List.of(entry));
                if (!out.living().isEmpty()) {
                    throw new Kept("runners " + out.living() + " may be using it");
                }
                if (out.taken().isEmpty()) {
                    throw new Kept("it cannot be moved; the log says why");
                }
                return cache.empty(new SecureTree.Budget(IN_A_TURN));
            }));
        }
        return found;
    }
}
