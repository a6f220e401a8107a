/** Simulators, virtual time, fakes and contract tests: what a host application tests its fleet with. */
@NullMarked
package dev.paddock.testkit;

import org.jspecify.annotations.NullMarked;
