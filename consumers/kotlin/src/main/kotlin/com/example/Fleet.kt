package com.example

import dev.paddock.RunnerCoordinator
import dev.paddock.event.FleetEvent
import dev.paddock.event.JobCompleted
import dev.paddock.event.JobStarted
import dev.paddock.event.ProvisioningFailed
import dev.paddock.github.GitHubCredentials
import dev.paddock.github.ScaleSetListener
import dev.paddock.github.runner.LocalRunnerProvider
import dev.paddock.scaling.Target
import dev.paddock.spi.RunnerProvider
import dev.paddock.testkit.ActionsServiceSimulator
import dev.paddock.testkit.StandInRunner
import dev.paddock.testkit.Workflow
import dev.paddock.testkit.WorkflowJob
import java.time.Duration
import java.util.Optional
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.io.path.createTempDirectory
import kotlin.io.path.deleteExisting

/** A fleet in Kotlin. */
fun fleet(url: String, credentials: GitHubCredentials, machines: RunnerProvider): RunnerCoordinator.Builder {
    val jobs = ScaleSetListener.builder(url, "linux-gpu")
        .credentials(credentials)
        .labels("self-hosted", "linux", "gpu")
        .build()
    return RunnerCoordinator.builder(jobs, machines)
        .maxRunners(2)
        .policy { pool, _ -> Target(pool.statistics.assigned, "one for each job") }
        .onEvent { event -> describe(event)?.let(::println) }
}

/** What a person cares about. */
fun describe(event: FleetEvent): String? = when (event) {
    is JobStarted -> "${event.job.name} runs on ${event.runner}"
    is JobCompleted -> "${event.job.name}: ${event.result}"
    is ProvisioningFailed -> "no runner: ${event.reason}"
    else -> null
}

/** Works off three jobs on a simulated GitHub, or fails. */
fun main() {
    val root = createTempDirectory("kotlin-fleet-")
    val machines = LocalRunnerProvider.builder(root, StandInRunner.command()).slots(2).build()
    val done = CountDownLatch(3)
    ActionsServiceSimulator.builder().lateStarted(false).start().use { github ->
        fleet(github.configUrl("acme/engine"), GitHubCredentials.token("any"), machines)
            .drainTimeout(Duration.ofSeconds(20))
            .on(JobCompleted::class.java) { done.countDown() }
            .start()
            .use { fleet ->
                val jobs = listOf("build", "test", "train")
                    .map { WorkflowJob.taking(it, Duration.ofMillis(100), "gpu") }
                github.submit(Workflow.of("acme/engine", *jobs.toTypedArray()))
                check(done.await(60, TimeUnit.SECONDS)) { "not over after a minute: ${fleet.snapshot()}" }
            }
        check(github.jobs().all { it.result == Optional.of("succeeded") }) { "not all succeeded: ${github.jobs()}" }
        check(github.registrations().isEmpty()) { "left registered: ${github.registrations()}" }
        check(github.sessions().isEmpty()) { "left open: ${github.sessions()}" }
        check(github.violations().isEmpty()) { "breaches of the protocol: ${github.violations()}" }
    }
    root.deleteExisting() // works on an empty folder only
    val jackson = version("com.fasterxml.jackson.databind.ObjectMapper")
    println("3 jobs succeeded and left nothing, with Jackson $jackson and slf4j ${version("org.slf4j.Logger")}")
}

private fun version(type: String): String = Class.forName(type).`package`.implementationVersion
