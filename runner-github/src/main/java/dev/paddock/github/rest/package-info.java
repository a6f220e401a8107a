/** What GitHub's REST API says of runners, workflow runs, jobs and variables. Start at {@code GitHubClient}. */
@NullMarked
package dev.paddock.github.rest;

import org.jspecify.annotations.NullMarked;
