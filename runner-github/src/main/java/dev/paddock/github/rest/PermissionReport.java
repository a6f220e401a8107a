package dev.paddock.github.rest;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What tokens may do. Never holds a token.
 *
 * @param tokens one for each credential
 */
public record PermissionReport(List<Token> tokens) {
    /** Whether a token may do something. More may come: keep a {@code default}. */
    public enum Verdict {
        /** It may. */
        GRANTED,
        /** It may read what it would change. Only the change itself would prove that it may do that too. */
        UNPROVED,
        /** It may not. */
        MISSING,
        /** GitHub did not say, for a reason that may pass. */
        UNKNOWN
    }

    /**
     * What one credential may do.
     *
     * @param credential where it comes from, as {@code GitHubCredentials} names it
     * @param scopes the scopes that GitHub says a classic token has; empty for a fine-grained one and an App's, which
     *     have none to be told
     * @param findings for each permission asked about, in its order
     */
    public record Token(String credential, Optional<List<String>> scopes, List<Finding> findings) {
        /** Copies the lists. */
        public Token {
            Objects.requireNonNull(credential, "credential");
            scopes = scopes.map(List::copyOf);
            findings = List.copyOf(findings);
        }
    }

    /**
     * Whether a credential may do one thing.
     *
     * @param permission the thing
     * @param verdict whether it may
     * @param needs what a token needs for it, by GitHub's names: a scope such as {@code repo} for a classic token, a
     *     permission such as {@code administration:write} for others
     * @param evidence how it is known, a sentence
     */
    public record Finding(Permission permission, Verdict verdict, String needs, String evidence) {
        /** Checks for nulls. */
        public Finding {
            Objects.requireNonNull(permission, "permission");
            Objects.requireNonNull(verdict, "verdict");
            Objects.requireNonNull(needs, "needs");
            Objects.requireNonNull(evidence, "evidence");
        }
    }

    /** Copies the list. */
    public PermissionReport {
        tokens = List.copyOf(tokens);
    }

    /**
     * What is asked about and no credential may do, as calls take the one that may.
     *
     * @return the findings of the first credential, of those things that are missing with all; empty if there are none
     */
    public List<Finding> missing() {
        return Arrays.stream(Permission.values())
                .flatMap(permission -> {
                    List<Finding> all = tokens.stream()
                            .flatMap(token -> token.findings().stream())
                            .filter(finding -> finding.permission() == permission)
                            .toList();
                    boolean none = all.stream().allMatch(finding -> finding.verdict() == Verdict.MISSING);
                    return none ? all.stream().limit(1) : all.stream().limit(0);
                })
                .toList();
    }

    /**
     * Whether nothing is known to be missing.
     *
     * @return false if some permission is missing with all credentials
     */
    public boolean isSufficient() {
        return missing().isEmpty();
    }

    /**
     * The report as a person reads it.
     *
     * @return a line for each credential and each of its findings, with a line break after each
     */
    public String text() {
        var text = new StringBuilder();
        for (Token token : tokens) {
            text.append(token.credential());
            token.scopes()
                    .ifPresent(scopes -> text.append(", a classic token with the scopes ")
                            .append(scopes.isEmpty() ? "none" : String.join(", ", scopes)));
            text.append('\n');
            for (Finding one : token.findings()) {
                text.append("  ").append(one.verdict()).append(": may ");
                text.append(one.permission().words()).append("; needs ").append(one.needs());
                text.append(one.verdict() == Verdict.GRANTED ? "" : ": " + one.evidence());
                text.append('\n');
            }
        }
        return text.toString();
    }
}
