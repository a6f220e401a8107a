/** The two faces of a simulator: a loopback server and an HTTP client without a socket. */
@NullMarked
package dev.paddock.testkit.internal.http;

import org.jspecify.annotations.NullMarked;
