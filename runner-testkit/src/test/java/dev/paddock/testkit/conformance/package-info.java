/**
 * The client of runner-github against the simulator: each case written once, run through virtual time and over a
 * socket. Names of cases bear the ids of the protocol's acceptance list.
 */
@org.jspecify.annotations.NullMarked
package dev.paddock.testkit.conformance;
