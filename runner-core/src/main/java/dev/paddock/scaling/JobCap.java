package dev.paddock.scaling;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Leaves jobs out of count of which one repository, or owner, has too many. */
record JobCap(int most, boolean byOwner) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        Map<String, Integer> jobs = pool.history().jobsByRepository();
        if (byOwner) {
            Map<String, Integer> owners = new LinkedHashMap<>();
            jobs.forEach((repository, count) -> owners.merge(owner(repository), count, Integer::sum));
            jobs = owners;
        }
        int excess = 0;
        int within = 0;
        for (int count : jobs.values()) {
            excess += Math.max(0, count - most);
            within += Math.min(count, most);
        }
        if (excess == 0) {
            return new Target(0, "");
        }
        String why = excess + " over the " + (byOwner ? "owner" : "repository") + "'s cap of " + most;
        return new Target(0, why).withLimit(Math.max(within, pool.statistics().assigned() - excess));
    }

    private static String owner(String repository) {
        int slash = repository.indexOf('/');
        return slash < 0 ? repository : repository.substring(0, slash);
    }
}
