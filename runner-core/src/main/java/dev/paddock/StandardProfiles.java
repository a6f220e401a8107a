package dev.paddock;

import java.util.List;

/** The profiles that a host of mixed work usually needs; {@link RunnerProfile#standardProfiles} tells their numbers. */
final class StandardProfiles {
    static final List<RunnerProfile> ALL = List.of(
            RunnerProfile.builder("light")
                    .cores(1)
                    .memory(ByteSize.ofMiB(512))
                    .examples(List.of("a linter", "a formatter's check", "a type checker"))
                    .build(),
            RunnerProfile.builder("standard")
                    .cores(2)
                    .memory(ByteSize.ofMiB(1024))
                    .examples(List.of("unit tests", "a security scan"))
                    .build(),
            RunnerProfile.builder("gpu_light")
                    .gpuMemory(ByteSize.ofMiB(2048))
                    .cores(2)
                    .memory(ByteSize.ofMiB(2048))
                    .examples(List.of("embeddings", "a small language model", "classification"))
                    .build(),
            RunnerProfile.builder("gpu_heavy")
                    .gpuMemory(ByteSize.ofMiB(8192))
                    .cores(4)
                    .memory(ByteSize.ofMiB(8192))
                    .examples(List.of("a language model of 12 billion parameters", "fine-tuning"))
                    .build(),
            RunnerProfile.builder("gpu_max")
                    .gpuMemory(ByteSize.ofMiB(14_000))
                    .exclusive()
                    .cores(4)
                    .memory(ByteSize.ofMiB(16_384))
                    .examples(List.of("a large language model", "a benchmark of a whole GPU"))
                    .build());

    private StandardProfiles() {}
}
