package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.internal.engine.TaskChoice.Candidate;
import dev.paddock.internal.engine.TaskChoice.Offer;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TaskChoiceTest {
    private static final Offer LIGHT =
            offer(RunnerProfile.builder("light").cores(1).build());
    private static final Offer STANDARD =
            offer(RunnerProfile.builder("standard").cores(4).build());
    private static final Offer GPU = offer(RunnerProfile.builder("gpu")
            .cores(4)
            .gpus(1)
            .gpuMemory(ByteSize.ofGiB(8))
            .build());
    private static final Offer BIG_GPU = offer(RunnerProfile.builder("big")
            .cores(4)
            .gpus(1)
            .gpuMemory(ByteSize.ofGiB(16))
            .build());
    private static final List<Offer> ALL = List.of(LIGHT, STANDARD, GPU, BIG_GPU);

    private static Offer offer(RunnerProfile profile, String... labels) {
        return new Offer("pool-" + profile.name(), profile, new TreeSet<>(List.of(labels)));
    }

    private static TaskNeeds needs(Task.Builder task) {
        return task.build().needs();
    }

    private static String best(TaskNeeds needs, Candidate... free) {
        return TaskChoice.best(needs, List.of(free), ALL).map(Candidate::runner).orElse("none");
    }

    private static Candidate free(Offer offer, String runner) {
        return new Candidate(offer, 0, "", runner);
    }

    @Test
    @DisplayName("SLATE-41: a task that asks for nothing takes no GPU while a plain runner is free")
    void theLeastCapableComesFirst() {
        TaskNeeds any = needs(Task.builder("lint"));
        assertThat(best(any, free(BIG_GPU, "a"), free(GPU, "b"), free(STANDARD, "c"), free(LIGHT, "d")))
                .isEqualTo("d");
        assertThat(best(any, free(BIG_GPU, "a"), free(GPU, "b"))).isEqualTo("b");
    }

    @Test
    @DisplayName("SLATE-42: the profile asked for comes first, then what promises at least as much")
    void theExactProfileComesFirst() {
        TaskNeeds gpu = needs(Task.builder("t").profile("gpu"));
        assertThat(best(gpu, free(BIG_GPU, "a"), free(GPU, "b"))).isEqualTo("b");
        assertThat(best(gpu, free(BIG_GPU, "a"), free(STANDARD, "c"))).isEqualTo("a");
        assertThat(best(gpu, free(STANDARD, "c"))).isEqualTo("none");
    }

    @Test
    void mostFreeGpuMemoryComesFirstThenTheUuidThenTheName() {
        TaskNeeds needs = needs(Task.builder("t").gpuMemory(ByteSize.ofGiB(1)));
        assertThat(best(
                        needs,
                        new Candidate(GPU, 10, "GPU-b", "x"),
                        new Candidate(GPU, 20, "GPU-c", "y"),
                        new Candidate(GPU, 10, "GPU-a", "z")))
                .isEqualTo("y");
        assertThat(best(needs, new Candidate(GPU, 10, "GPU-b", "x"), new Candidate(GPU, 10, "GPU-a", "z")))
                .isEqualTo("z");
        assertThat(best(needs, new Candidate(GPU, 10, "GPU-a", "z"), new Candidate(GPU, 10, "GPU-a", "y")))
                .isEqualTo("y");
    }

    @Test
    void whatAProfileDoesNotPromiseIsNotAssumed() {
        Offer any = offer(RunnerProfile.any());
        assertThat(TaskChoice.missing(needs(Task.builder("t").cores(1)), any, List.of(any)))
                .isEqualTo("1 cores (has 0)");
        assertThat(TaskChoice.missing(needs(Task.builder("t").memory(ByteSize.ofGiB(1))), any, List.of(any)))
                .isEqualTo("1 GiB of memory (has 0 B)");
        assertThat(TaskChoice.missing(needs(Task.builder("t").labels("a")), any, List.of(any)))
                .isEqualTo("label a");
        assertThat(TaskChoice.missing(needs(Task.builder("t").exclusiveGpu(true)), any, List.of(any)))
                .isEqualTo("1 GPUs (has 0)");
        assertThat(TaskChoice.missing(needs(Task.builder("t").profile("x")), any, List.of(any)))
                .isEqualTo("profile x or one that promises at least as much");
        assertThat(TaskChoice.missing(needs(Task.builder("t")), any, List.of(any)))
                .isNull();
    }

    @Test
    void onePriorityIsWorthThirtySecondsOfWaiting() {
        long second = 1_000_000_000L;
        assertThat(TaskChoice.rank(0, 0)).isLessThan(TaskChoice.rank(1, 0));
        assertThat(TaskChoice.rank(29 * second, 1)).isLessThan(TaskChoice.rank(0, 0));
        assertThat(TaskChoice.rank(31 * second, 1)).isGreaterThan(TaskChoice.rank(0, 0));
    }

    @Test
    void demandGoesToThePoolsThatHavePlacesAndTheRestToTheFirst() {
        int[][] order = {{0, 1}, {1}};
        assertThat(TaskChoice.demand(new int[] {3, 1}, order, new int[] {2, 4})).containsExactly(2, 2);
        assertThat(TaskChoice.demand(new int[] {9, 1}, order, new int[] {2, 4})).containsExactly(5, 5);
        assertThat(TaskChoice.demand(new int[] {2, 0}, order, new int[] {-1, 0}))
                .containsExactly(2, 0);
        assertThat(TaskChoice.demand(new int[0], new int[0][], new int[] {1, 1}))
                .containsExactly(0, 0);
    }

    @Test
    void aTaskThatNeedsTheSameIsOfTheSameShape() {
        assertThat(needs(Task.builder("a").cores(2).labels("x", "y")))
                .isEqualTo(
                        needs(Task.builder("b").labels("y").labels("x").cores(2).priority(5)))
                .hasSameHashCodeAs(needs(Task.builder("c").cores(2).labels("x", "y")));
        assertThat(needs(Task.builder("a").cores(2)))
                .isNotEqualTo(needs(Task.builder("a").cores(3)));
        assertThat(needs(Task.builder("a").gpuMemory(ByteSize.ofGiB(2)).exclusiveGpu(true)))
                .hasToString("1 GPU, 2 GiB of GPU memory, a GPU of its own");
        assertThat(needs(Task.builder("a"))).hasToString("nothing in particular");
    }

    @Test
    void namesOfOnePoolAreInTheOrderOfTheirNumbers() {
        List<String> names = new ArrayList<>(
                List.of("p-abcd-aaaaaaaaaa", "p-abcd-2aaaaaaaaa", "p-abcd-z777777777", "p-abcd-7zzzzzzzzz"));
        names.sort((one, other) -> Long.compare(Identity.chanceBits(one), Identity.chanceBits(other)));
        assertThat(names).isSorted();
    }
}
