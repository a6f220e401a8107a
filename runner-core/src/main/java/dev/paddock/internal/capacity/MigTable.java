package dev.paddock.internal.capacity;

import dev.paddock.ByteSize;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.MigProfile.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * In which sizes a GPU can be partitioned and where each may begin. What the driver tells goes before what is known of
 * the model.
 *
 * @param profiles each with its placements, those with the fewest first; empty if nothing is known
 * @param note why there are none, or what is not from the driver; may be empty
 */
public record MigTable(List<MigProfile> profiles, String note) {
    /** Fewest places first: what is hard to place is placed before what fits anywhere. */
    private static final Comparator<MigProfile> HARDEST_FIRST = Comparator.comparingInt(
                    (MigProfile profile) -> places(profile).size())
            .thenComparing(Comparator.comparingInt(
                            (MigProfile profile) -> places(profile).get(0).size())
                    .reversed())
            .thenComparing(MigProfile::name)
            .thenComparingInt(MigProfile::id);

    /** A size on GPUs with eight slices of memory, or with four: compute slices, memory slices, distance of starts. */
    private record Shape(int compute, int size, int step, int most) {
        List<Placement> placements() {
            List<Placement> placements = new ArrayList<>();
            for (int i = 0; i < most; i++) {
                placements.add(new Placement(i * step, size));
            }
            return placements;
        }
    }

    private static final List<Shape> OF_EIGHT = List.of(
            new Shape(1, 1, 1, 7),
            new Shape(1, 2, 2, 4),
            new Shape(2, 2, 2, 3),
            new Shape(3, 4, 4, 2),
            new Shape(4, 4, 4, 1),
            new Shape(7, 8, 8, 1));
    private static final List<Shape> OF_FOUR =
            List.of(new Shape(1, 1, 1, 4), new Shape(2, 2, 2, 2), new Shape(4, 4, 4, 1));

    /**
     * A model.
     *
     * @param name what its product name has
     * @param size its memory as sold, in GiB
     * @param shapes the sizes of its parts
     * @param parts the name and the memory in GiB of each, in the shapes' order
     */
    private record Model(Pattern name, int size, List<Shape> shapes, String parts) {
        static Model of(String name, int size, List<Shape> shapes, String parts) {
            return new Model(Pattern.compile("\\b" + name), size, shapes, parts);
        }

        boolean suits(GpuDevice gpu) {
            OptionalLong total = gpu.memory().total().value();
            double gibibytes = total.orElse(0) / (double) (1L << 30);
            return name.matcher(gpu.name()).find()
                    && (total.isPresent()
                            ? gibibytes > 0.9 * size && gibibytes < 1.05 * size
                            : !gpu.name().matches(".*\\d+ ?GB\\b.*")
                                    || gpu.name().contains(size + "GB"));
        }

        List<MigProfile> profiles() {
            String[] words = parts.split(" ", -1);
            List<MigProfile> profiles = new ArrayList<>();
            for (int i = 0; i < shapes.size(); i++) {
                Shape shape = shapes.get(i);
                var memory = new ByteSize((long) (Double.parseDouble(words[2 * i + 1]) * (1L << 30)));
                profiles.add(new MigProfile(
                        words[2 * i], -1, shape.compute(), memory, shape.most(), Optional.of(shape.placements())));
            }
            return profiles;
        }
    }

    // As nvidia-smi mig -lgip lists them. Memory is the least that was seen; where none was, that of a part with as
    // many
    // slices, or twice that of one with half as many.
    private static final List<Model> MODELS = List.of(
            Model.of("A30\\b", 24, OF_FOUR, "1g.6gb 5.7 2g.12gb 11.4 4g.24gb 22.8"),
            Model.of(
                    "A100\\b",
                    40,
                    OF_EIGHT,
                    "1g.5gb 4.75 1g.10gb 9.6 2g.10gb 9.6 3g.20gb 19.5 4g.20gb 19.5 7g.40gb 39.25"),
            Model.of(
                    "A100\\b",
                    80,
                    OF_EIGHT,
                    "1g.10gb 9.6 1g.20gb 19.5 2g.20gb 19.5 3g.40gb 39.25 4g.40gb 39.25 7g.80gb 78.5"),
            Model.of(
                    "H100\\b(?!.*NVL)",
                    80,
                    OF_EIGHT,
                    "1g.10gb 9.75 1g.20gb 19.6 2g.20gb 19.6 3g.40gb 39.5 4g.40gb 39.5 7g.80gb 79"),
            Model.of(
                    "H100 NVL\\b",
                    94,
                    OF_EIGHT,
                    "1g.12gb 10.75 1g.24gb 21.6 2g.24gb 21.6 3g.47gb 46.4 4g.47gb 46.4 7g.94gb 92.8"),
            Model.of(
                    "H200\\b",
                    141,
                    OF_EIGHT,
                    "1g.18gb 16 1g.35gb 32.25 2g.35gb 32.25 3g.71gb 69.5 4g.71gb 69.5 7g.141gb 139"),
            Model.of(
                    "B200\\b",
                    180,
                    OF_EIGHT,
                    "1g.23gb 20.5 1g.45gb 44.25 2g.45gb 44.25 3g.90gb 88.5 4g.90gb 88.5 7g.180gb 177"),
            Model.of("RTX PRO 6000\\b", 96, OF_FOUR, "1g.24gb 23.1 2g.48gb 46.2 4g.96gb 92.4"));

    /** What is known of a GPU. */
    public static MigTable of(GpuDevice gpu) {
        List<MigProfile> told = gpu.migProfiles().stream()
                .filter(profile -> !places(profile).isEmpty())
                .toList();
        if (!told.isEmpty()) {
            return new MigTable(told.stream().sorted(HARDEST_FIRST).toList(), "");
        }
        if (gpu.migMode() == GpuDevice.MigMode.NOT_SUPPORTED
                && gpu.migProfiles().isEmpty()) {
            return new MigTable(List.of(), gpu + " cannot be partitioned");
        }
        List<Model> models = MODELS.stream().filter(model -> model.suits(gpu)).toList();
        if (models.size() != 1) {
            return new MigTable(
                    List.of(),
                    "nothing is known of the parts of " + gpu + ", and the driver does not tell where they may begin,"
                            + " which mostly needs root: see nvidia-smi mig -lgipp");
        }
        return new MigTable(
                models.get(0).profiles().stream().sorted(HARDEST_FIRST).toList(),
                "the driver does not tell where parts may begin; this is what is known of the model");
    }

    /** Where a part may begin; empty if nobody knows. */
    static List<Placement> places(MigProfile profile) {
        return profile.placements().orElse(List.of());
    }
}
