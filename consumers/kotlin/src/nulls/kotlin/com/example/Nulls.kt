package com.example

import dev.paddock.JobResult
import dev.paddock.RunnerCoordinator
import dev.paddock.github.GitHubCredentials
import dev.paddock.github.ScaleSetListener
import dev.paddock.github.runner.LocalRunnerProvider
import dev.paddock.scaling.Target
import dev.paddock.spi.JobSource
import dev.paddock.spi.RunnerProvider
import java.nio.file.Path

/** Must not compile: the compiler has to refuse each line that says so, and no other. */
fun nulls(jobs: JobSource, machines: RunnerProvider, word: String?) {
    GitHubCredentials.token(null) // refused
    ScaleSetListener.builder("https://github.com/acme", null) // refused
    ScaleSetListener.builder("https://github.com/acme", "gpu").labels("linux", word) // refused
    LocalRunnerProvider.builder(Path.of("runners"), listOf("run.sh", word)) // refused
    RunnerCoordinator.builder(jobs, null) // refused
    RunnerCoordinator.builder(jobs, machines).fleet(word) // refused
    RunnerCoordinator.builder(jobs, machines).policy { _, _ -> null } // refused
    RunnerCoordinator.builder(jobs, machines).maxRunners(1)
    Target(1, word) // refused
    JobResult.of("succeeded").raw.length
    JobResult.of(word) // refused
}
