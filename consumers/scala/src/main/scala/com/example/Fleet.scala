package com.example

import dev.paddock.RunnerCoordinator
import dev.paddock.event.{FleetEvent, JobCompleted, JobStarted, ProvisioningFailed}
import dev.paddock.github.runner.LocalRunnerProvider
import dev.paddock.github.{GitHubCredentials, ScaleSetListener}
import dev.paddock.scaling.Target
import dev.paddock.spi.RunnerProvider
import dev.paddock.testkit.{ActionsServiceSimulator, StandInRunner, Workflow, WorkflowJob}

import java.nio.file.Files
import java.time.Duration
import java.util.concurrent.{CountDownLatch, TimeUnit}
import scala.jdk.CollectionConverters.*
import scala.jdk.OptionConverters.*
import scala.util.Using

/** A fleet in Scala. */
def fleet(url: String, credentials: GitHubCredentials, machines: RunnerProvider): RunnerCoordinator.Builder =
  val jobs = ScaleSetListener
    .builder(url, "linux-gpu")
    .credentials(credentials)
    .labels("self-hosted", "linux", "gpu")
    .build()
  RunnerCoordinator
    .builder(jobs, machines)
    .maxRunners(2)
    .policy((pool, _) => Target(pool.statistics.assigned, "one for each job"))
    .onEvent(event => describe(event).foreach(println))

/** What a person cares about. */
def describe(event: FleetEvent): Option[String] = event match
  case started: JobStarted => Some(s"${started.job.name} runs on ${started.runner}")
  case completed: JobCompleted => Some(s"${completed.job.name}: ${completed.result}")
  case failed: ProvisioningFailed => Some(s"no runner: ${failed.reason}")
  case _ => None

/** Works off three jobs on a simulated GitHub, or fails. */
@main def simulated(): Unit =
  val root = Files.createTempDirectory("scala-fleet-")
  val machines = LocalRunnerProvider.builder(root, StandInRunner.command()).slots(2).build()
  val done = CountDownLatch(3)
  Using.resource(ActionsServiceSimulator.builder().lateStarted(false).start()): github =>
    val settings = fleet(github.configUrl("acme/engine"), GitHubCredentials.token("any"), machines)
      .drainTimeout(Duration.ofSeconds(20))
      .on(classOf[JobCompleted], _ => done.countDown())
    Using.resource(settings.start()): fleet =>
      val jobs = Seq("build", "test", "train").map(WorkflowJob.taking(_, Duration.ofMillis(100), "gpu"))
      github.submit(Workflow.of("acme/engine", jobs*))
      check(done.await(60, TimeUnit.SECONDS), s"not over after a minute: ${fleet.snapshot}")
    check(github.jobs.asScala.forall(_.result.toScala.contains("succeeded")), s"not all succeeded: ${github.jobs}")
    check(github.registrations.isEmpty, s"left registered: ${github.registrations}")
    check(github.sessions.isEmpty, s"left open: ${github.sessions}")
    check(github.violations.isEmpty, s"breaches of the protocol: ${github.violations}")
  Files.delete(root) // works on an empty folder only
  val jackson = version("com.fasterxml.jackson.databind.ObjectMapper")
  println(s"3 jobs succeeded and left nothing, with Jackson $jackson and slf4j ${version("org.slf4j.Logger")}")

private def check(holds: Boolean, otherwise: => String): Unit =
  if !holds then throw IllegalStateException(otherwise)

private def version(name: String): String = Class.forName(name).getPackage.getImplementationVersion
