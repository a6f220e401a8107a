package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted of a host or of many: which profiles, by which objective, counted how. Immutable.
 *
 * <pre>{@code
 * var request = CapacityRequest.mostValue(RunnerProfile.standardProfiles()).maxRunners(50).build();
 * CapacityPlan plan = CapacityPlanner.exact().plan(host, request);
 * }</pre>
 */
public final class CapacityRequest {
    /** The most runners of one host unless set otherwise; that of the SLATE multi-runner. */
    public static final int USUAL_MAX_RUNNERS = 50;

    private static final int MOST = 1_000_000;

    /** What makes one plan better than another. */
    public enum Objective {
        /** The sum of the runners' weights. */
        MOST_VALUE,
        /** The number of runners; among equals the sum of weights. */
        MOST_RUNNERS,
        /** How often a mix of profiles is there: the least, over its profiles, of runners by share. */
        MIX,
        /** The sum of weights of the runners that were asked for. */
        DEMAND,
        /** As {@link #DEMAND}; among equals the fewest GPUs and MIG devices in use. */
        FEWEST_DEVICES
    }

    /**
     * Runners of one profile that are wanted.
     *
     * @param profile what each needs
     * @param count by the objective: the most there may be, the profile's share of the mix, or how many are asked for;
     *     at least 1
     * @param gpu the number of the GPU they must be on; empty if any will do
     */
    public record Wish(RunnerProfile profile, int count, OptionalInt gpu) {
        /**
         * Checks the bounds.
         *
         * @throws IllegalArgumentException if a number is out of bounds, or a runner on several GPUs is to be on one
         */
        public Wish {
            Objects.requireNonNull(profile, "profile");
            if (count < 1 || count > MOST) {
                throw new IllegalArgumentException(
                        "the number of " + profile.name() + " must be 1 to " + MOST + ": " + count);
            }
            if (gpu.orElse(0) < 0) {
                throw new IllegalArgumentException("a GPU's index must be at least 0: " + gpu.getAsInt());
            }
            if (gpu.isPresent() && profile.gpus() > 1) {
                throw new IllegalArgumentException(profile.name() + " needs " + profile.gpus()
                        + " GPUs and cannot be on GPU " + gpu.getAsInt() + " alone");
            }
        }
    }

    private final Objective objective;
    private final List<Wish> wishes;
    private final CapacitySettings settings;
    private final int maxRunners;
    private final List<RunnerSlot> held;
    private final @Nullable List<RunnerSlot> measured;

    private CapacityRequest(Builder builder) {
        objective = builder.objective;
        wishes = builder.wishes.stream()
                .sorted(Comparator.comparing((Wish wish) -> wish.profile().name())
                        .thenComparingInt(wish -> wish.gpu().orElse(-1)))
                .toList();
        settings = builder.settings;
        maxRunners = builder.maxRunners;
        held = builder.held.stream()
                .sorted(Comparator.comparingInt(RunnerSlot::number))
                .toList();
        measured = builder.measured;
    }

    /**
     * The runners that together have the largest weight.
     *
     * @param profiles what there may be, as many of each as fit
     * @return a builder
     */
    public static Builder mostValue(Collection<RunnerProfile> profiles) {
        return new Builder(Objective.MOST_VALUE).all(profiles);
    }

    /**
     * As many runners as there can be, whichever they are.
     *
     * @param profiles what there may be
     * @return a builder
     */
    public static Builder mostRunners(Collection<RunnerProfile> profiles) {
        return new Builder(Objective.MOST_RUNNERS).all(profiles);
    }

    /**
     * A mix of profiles, as often as it fits: with shares 1 and 4, for each runner of the first four of the second. A
     * profile of which there is too little bounds the others; nothing else is added.
     *
     * @param shares at least 1 each
     * @return a builder
     */
    public static Builder mix(Map<RunnerProfile, Integer> shares) {
        return new Builder(Objective.MIX).all(shares);
    }

    /**
     * So many runners of each profile. If they do not all fit, those are left out that weigh least together.
     *
     * @param counts at least 1 each
     * @return a builder
     */
    public static Builder demand(Map<RunnerProfile, Integer> counts) {
        return new Builder(Objective.DEMAND).all(counts);
    }

    /**
     * As {@link #demand}, on as few GPUs and MIG devices as possible.
     *
     * @param counts at least 1 each
     * @return a builder
     */
    public static Builder fewestDevices(Map<RunnerProfile, Integer> counts) {
        return new Builder(Objective.FEWEST_DEVICES).all(counts);
    }

    /**
     * Begins with this request's content.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        var builder = new Builder(objective);
        builder.wishes.addAll(wishes);
        builder.settings = settings;
        builder.maxRunners = maxRunners;
        builder.held = held;
        builder.measured = measured;
        return builder;
    }

    /**
     * What makes one plan better than another.
     *
     * @return the objective
     */
    public Objective objective() {
        return objective;
    }

    /**
     * What is wanted.
     *
     * @return sorted by the profile's name, then by GPU; a profile appears once for each GPU and once without;
     *     unmodifiable
     */
    public List<Wish> wishes() {
        return wishes;
    }

    /**
     * How the plan counts.
     *
     * @return the settings
     */
    public CapacitySettings settings() {
        return settings;
    }

    /**
     * The most runners of one host.
     *
     * @return at least 1
     */
    public int maxRunners() {
        return maxRunners;
    }

    /**
     * The runners that are there already.
     *
     * @return sorted by number; unmodifiable
     */
    public List<RunnerSlot> held() {
        return held;
    }

    /**
     * The runners of ours whose use is part of what the host says is in use.
     *
     * @return those held, unless others were given; unmodifiable
     */
    public List<RunnerSlot> measured() {
        return measured == null ? held : measured;
    }

    @Override
    public String toString() {
        return "CapacityRequest[" + objective + ", wishes=" + wishes + ", maxRunners=" + maxRunners + ", held="
                + held.size() + "]";
    }

    /** Collects what is wanted. Not thread-safe. */
    public static final class Builder {
        private final Objective objective;
        private final List<Wish> wishes = new ArrayList<>();
        private CapacitySettings settings = CapacitySettings.defaults();
        private int maxRunners = USUAL_MAX_RUNNERS;
        private List<RunnerSlot> held = List.of();
        private @Nullable List<RunnerSlot> measured;

        private Builder(Objective objective) {
            this.objective = objective;
        }

        private Builder all(Collection<RunnerProfile> profiles) {
            profiles.forEach(profile -> add(profile, MOST));
            return this;
        }

        private Builder all(Map<RunnerProfile, Integer> counts) {
            counts.forEach(this::add);
            return this;
        }

        /**
         * Adds a wish for runners on any GPU.
         *
         * @param profile what each needs
         * @param count as {@link Wish#count}
         * @return this
         * @throws IllegalArgumentException if the count is out of bounds
         */
        public Builder add(RunnerProfile profile, int count) {
            wishes.add(new Wish(profile, count, OptionalInt.empty()));
            return this;
        }

        /**
         * Adds a wish for runners on one GPU. A runner that needs no GPU is bound to it nevertheless.
         *
         * @param profile what each needs
         * @param count as {@link Wish#count}
         * @param gpu the GPU's number in the plan: its index, unless GPUs of two vendors have the same
         * @return this
         * @throws IllegalArgumentException if a number is out of bounds
         */
        public Builder addOn(int gpu, RunnerProfile profile, int count) {
            wishes.add(new Wish(profile, count, OptionalInt.of(gpu)));
            return this;
        }

        /**
         * Bounds the runners of one profile.
         *
         * @param profile one that was given
         * @param most at least 1
         * @return this
         * @throws IllegalArgumentException if the profile was not given or the bound is not positive
         */
        public Builder most(RunnerProfile profile, int most) {
            int found = 0;
            for (int i = 0; i < wishes.size(); i++) {
                if (wishes.get(i).profile().equals(profile)) {
                    wishes.set(i, new Wish(profile, most, wishes.get(i).gpu()));
                    found++;
                }
            }
            if (found == 0) {
                throw new IllegalArgumentException("profile " + profile.name() + " was not asked for");
            }
            return this;
        }

        /**
         * How the plan counts.
         *
         * @param settings the default is {@link CapacitySettings#defaults}
         * @return this
         */
        public Builder settings(CapacitySettings settings) {
            this.settings = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * The most runners of one host, those held included.
         *
         * @param maxRunners 1 to 100 000; the default is {@link #USUAL_MAX_RUNNERS}
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder maxRunners(int maxRunners) {
            if (maxRunners < 1 || maxRunners > 100_000) {
                throw new IllegalArgumentException("maxRunners must be 1 to 100000: " + maxRunners);
            }
            this.maxRunners = maxRunners;
            return this;
        }

        /**
         * Runners that are there already and stay where they are. They count as wanted, and, unless {@link #measured} says
         * otherwise, what they use of GPUs and memory counts as theirs and not as another program's.
         *
         * @param slots of an earlier plan
         * @return this
         */
        public Builder held(Collection<RunnerSlot> slots) {
            held = List.copyOf(slots);
            return this;
        }

        /**
         * Runners of ours that were there when the host was measured. What they use of GPUs and memory counts as theirs
         * and not as another program's, whether they are still there or not.
         *
         * @param slots the default is those {@link #held}; to be given if some of them came, or others went, since then
         * @return this
         */
        public Builder measured(Collection<RunnerSlot> slots) {
            measured = List.copyOf(slots);
            return this;
        }

        /**
         * Makes the request.
         *
         * @return the request
         * @throws IllegalStateException if nothing is asked for, two profiles have one name, a profile is asked for twice,
         *     or two runners held have one number; the message names every contradiction
         */
        public CapacityRequest build() {
            List<String> problems = new ArrayList<>();
            if (wishes.isEmpty()) {
                problems.add("no profile is asked for");
            }
            for (int i = 0; i < wishes.size(); i++) {
                for (int j = 0; j < i; j++) {
                    clash(wishes.get(j), wishes.get(i), problems);
                }
            }
            if (held.stream().map(RunnerSlot::number).distinct().count() < held.size()) {
                problems.add("two of the runners held have one number");
            }
            if (!problems.isEmpty()) {
                throw new IllegalStateException("capacity request: " + String.join("; ", problems));
            }
            return new CapacityRequest(this);
        }

        private static void clash(Wish one, Wish other, List<String> problems) {
            String name = one.profile().name();
            if (!name.equals(other.profile().name())) {
                return;
            }
            if (!one.profile().equals(other.profile())) {
                problems.add("two profiles are named " + name);
            } else if (one.gpu().equals(other.gpu())) {
                problems.add("profile " + name + " is asked for twice"
                        + (one.gpu().isPresent() ? " on GPU " + one.gpu().getAsInt() : ""));
            }
        }
    }
}
