package dev.paddock.testkit;

import java.time.Instant;

/**
 * A runner registered at the simulator.
 *
 * @param id the agent's id
 * @param name the runner's name
 * @param scaleSet the scale set's name; empty for a runner made by REST
 * @param online whether it is connected
 * @param busy whether it runs a job
 * @param createdAt when it was made
 * @param ephemeral whether it is gone after one job
 */
public record RegistrationRecord(
        long id, String name, String scaleSet, boolean online, boolean busy, Instant createdAt, boolean ephemeral) {}
