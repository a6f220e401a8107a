package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.groups.Tuple.tuple;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.LogSearch;
import dev.paddock.github.rest.LabelAudit;
import dev.paddock.github.rest.LogMatches;
import dev.paddock.github.rest.Permission;
import dev.paddock.github.rest.PermissionReport;
import dev.paddock.github.rest.PermissionReport.Finding;
import dev.paddock.github.rest.PermissionReport.Verdict;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.WantedLabels;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RestOptions;
import dev.paddock.testkit.Route;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a person asks of a repository and its runners: labels, logs, and what the token may do. */
abstract class RestAccessConformance extends RestCase {
    private static final String FINE = "github_pat_conformance01";

    // ---- labels --------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-R40 runners are found by labels in any case, on all pages")
    void runnersAreFoundByLabels() {
        registerMany(101);
        register(R1, "self-hosted", "linux", "x64", "gpu");
        GitHubClient client = rest();
        assertThat(await(client.runnersWithLabels(List.of("Self-Hosted", "Linux", "X64", "GPU"))))
                .extracting(SelfHostedRunner::name)
                .containsExactly(R1.value());
        assertThat(await(client.runnersWithLabels(List.of(LABEL.toUpperCase(Locale.ROOT)))))
                .hasSize(101);
        assertThat(await(client.runnersWithLabels(List.of("gpu", LABEL)))).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> client.runnersWithLabels(List.of()));
    }

    @Test
    @DisplayName("labels are changed in one call; a read-only one is refused before anything is changed")
    void labelsAreChangedInOneCall() {
        long id = id(register(R1, "linux", "old"));
        GitHubClient client = rest();
        assertThat(await(client.labels(id).change(List.of("new"), List.of("OLD", "never-there"))))
                .extracting(RunnerLabel::name)
                .containsExactly("linux", "new");
        assertThat(await(client.labels(id).change(List.of("new"), List.of("old"))))
                .as("again")
                .extracting(RunnerLabel::name)
                .containsExactly("linux", "new");
        GitHubException refused = failure(client.labels(id).change(List.of("more"), List.of("Linux")));
        assertThat(refused.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(refused).hasMessageContainingAll("linux is read-only", "--no-default-labels");
        assertThat(await(client.labels(id).list()))
                .extracting(RunnerLabel::name)
                .containsExactly("linux", "new");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.labels(id).change(List.of("A"), List.of("a")))
                .withMessageContaining("at once");
    }

    @Test
    @DisplayName("a label that somebody takes at the same moment is taken")
    void aLabelTakenMeanwhileIsTaken() {
        long id = id(register(R1, "linux", "old"));
        faults().next(Route.REMOVE_RUNNER_LABEL, Fault.restError(404, "Not Found"));
        assertThat(await(rest().labels(id).change(List.of(), List.of("old")))).isNotEmpty();
    }

    @Test
    @DisplayName("an audit tells what each runner lacks, has besides and cannot be, and what no runner has")
    void labelsAreAudited() {
        register(numbered(1), "self-hosted", "linux", "x64", "GPU");
        register(numbered(2), "self-hosted", "linux", "x64", "old");
        register(numbered(3), "self-hosted");
        LabelAudit audit = await(rest().auditLabels(List.of(
                new WantedLabels("r-001", List.of("self-hosted", "Linux", "X64", "gpu")),
                new WantedLabels("R-002", List.of("linux", "arm64", "gpu")))));
        assertThat(audit.runnersSeen()).isEqualTo(3);
        assertThat(audit.runners())
                .extracting(
                        one -> one.runner().name(),
                        LabelAudit.Finding::isWanted,
                        LabelAudit.Finding::missing,
                        LabelAudit.Finding::superfluous,
                        LabelAudit.Finding::misplaced)
                .containsExactly(
                        tuple("r-002", true, List.of("gpu"), List.of("old"), List.of("arm64 (is x64)")),
                        tuple("r-003", false, List.of(), List.of(), List.of()));
        assertThat(audit.unsatisfied())
                .as("neither is connected")
                .extracting(one -> one.wanted().runners(), LabelAudit.Unsatisfied::offline)
                .containsExactly(tuple("r-001", List.of("r-001")), tuple("R-002", List.of()));
        assertThat(audit.isClean()).isFalse();
        assertThat(audit.text()).isEqualTo("""
                        r-002: lacks gpu; has besides old; cannot be arm64 (is x64)
                        r-003: nothing is wanted of a runner of this name
                        no connected runner has [self-hosted, Linux, X64, gpu]; offline is r-001
                        no connected runner has [linux, arm64, gpu]
                        """);
    }

    // ---- logs ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-5.3 a log is searched where GitHub keeps it, without our token; gone it is not found")
    void aLogIsSearched() {
        long run = submit("build");
        GitHubRepository repository = repository();
        long job = await(repository.jobs(run)).get(0).id();
        assertThat(failure(repository.searchLog(job, LogSearch.ofText("x"))).reason())
                .as("not over yet")
                .isEqualTo(Reason.NOT_FOUND);
        busy(R1).finish("succeeded");
        LogMatches found = await(repository.searchLog(
                job, LogSearch.of(Pattern.compile("^##\\[group]")).withContext(1, 1)));
        assertThat(found.isWhole()).isTrue();
        assertThat(found.lines()).isEqualTo(6);
        assertThat(found.matches()).singleElement().satisfies(match -> {
            assertThat(match.number()).isEqualTo(2);
            assertThat(match.text()).isEqualTo("##[group]work");
            assertThat(match.before()).singleElement().asString().startsWith("Job build, attempt 1");
            assertThat(match.after()).singleElement().asString().startsWith("sleep");
        });
        assertThat(request(Route.LOG_FILE).header("Authorization")).isEmpty();
        faults().next(Route.JOB_LOGS, Fault.restError(410, "Gone"));
        assertThat(failure(repository.searchLog(job, LogSearch.ofText("x"))).reason())
                .isEqualTo(Reason.NOT_FOUND);
        faults().next(Route.LOG_FILE, Fault.status(404));
        assertThat(failure(repository.searchLog(job, LogSearch.ofText("x"))).reason())
                .isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    @DisplayName("a search whose download breaks is begun anew, and counts nothing twice")
    void aBrokenSearchIsBegunAnew() {
        long run = submit("build");
        busy(R1).finish("succeeded");
        GitHubRepository repository = repository();
        long job = await(repository.jobs(run)).get(0).id();
        faults().next(Route.LOG_FILE, Fault.cutBody());
        LogMatches found = await(repository.searchLog(job, LogSearch.ofText("build")));
        assertThat(requests(Route.LOG_FILE)).hasSize(2);
        assertThat(found.found()).isEqualTo(2);
        assertThat(found.lines()).isEqualTo(6);
    }

    // ---- permissions ---------------------------------------------------------------------------------------

    private PermissionReport check(String path, String token, Permission... wanted) {
        return await(rest(path, GitHubCredentials.token(token)).checkPermissions(Set.of(wanted)));
    }

    private static List<Verdict> verdicts(PermissionReport report) {
        return report.tokens().get(0).findings().stream().map(Finding::verdict).toList();
    }

    private void tokens(UnaryOperator<RestOptions> tokens) {
        start(builder -> builder.rest(tokens::apply));
    }

    @Test
    @DisplayName("RL-S17 a classic token is judged by its scopes, and nothing is made")
    void aClassicTokenIsJudgedByItsScopes() {
        tokens(options -> options.classicToken(TOKEN, "repo", "gist"));
        PermissionReport report = await(
                rest(REPOSITORY, GitHubCredentials.token(TOKEN)).checkPermissions(EnumSet.allOf(Permission.class)));
        assertThat(report.isSufficient()).isTrue();
        assertThat(verdicts(report)).containsOnly(Verdict.GRANTED).hasSize(6);
        assertThat(report.tokens().get(0).scopes()).contains(List.of("repo", "gist"));
        assertThat(requests(Route.REGISTRATION_TOKEN)).isEmpty();

        PermissionReport organization = check(ORGANIZATION, TOKEN, Permission.REGISTER_RUNNERS);
        assertThat(organization.missing())
                .singleElement()
                .extracting(Finding::verdict, Finding::needs)
                .containsExactly(Verdict.MISSING, "admin:org");
        assertThat(check("enterprises/acme", TOKEN, Permission.READ_RUNNERS).missing())
                .singleElement()
                .extracting(Finding::needs)
                .isEqualTo("manage_runners:enterprise");
        assertThat(report.text() + organization.text() + report + organization)
                .contains("needs repo", "MISSING: may register and delete runners; needs admin:org")
                .doesNotContain(TOKEN);
    }

    @Test
    @DisplayName("RL-S17 a fine-grained token is judged by what it may read, and by a registration token it may make")
    void aFineGrainedTokenIsProbed() {
        tokens(options -> options.fineGrainedToken(FINE, "administration:read", "actions:write", "variables:read"));
        PermissionReport report = check(
                REPOSITORY,
                FINE,
                Permission.READ_RUNNERS,
                Permission.REGISTER_RUNNERS,
                Permission.READ_VARIABLES,
                Permission.WRITE_VARIABLES,
                Permission.READ_LOGS,
                Permission.DISPATCH);
        assertThat(report.tokens().get(0).findings())
                .extracting(Finding::permission, Finding::verdict, Finding::needs)
                .containsExactly(
                        tuple(Permission.READ_RUNNERS, Verdict.GRANTED, "administration:read"),
                        tuple(Permission.REGISTER_RUNNERS, Verdict.MISSING, "administration:write"),
                        tuple(Permission.READ_VARIABLES, Verdict.GRANTED, "variables:read"),
                        tuple(Permission.WRITE_VARIABLES, Verdict.UNPROVED, "variables:write"),
                        tuple(Permission.READ_LOGS, Verdict.GRANTED, "actions:read"),
                        tuple(Permission.DISPATCH, Verdict.UNPROVED, "actions:write"));
        assertThat(report.isSufficient()).isFalse();
        assertThat(statuses(Route.REST_LIST_RUNNERS)).as("once for both").containsExactly(200);
        assertThat(statuses(Route.REGISTRATION_TOKEN)).containsExactly(403);
        assertThat(report.text()).doesNotContain(FINE);
    }

    @Test
    @DisplayName("RL-S17 what a fine-grained token may do with an organization's runners has a name of its own")
    void anOrganizationsRunnersHaveAPermissionOfTheirOwn() {
        tokens(options -> options.fineGrainedToken(FINE, "organization_self_hosted_runners:write")
                .fineGrainedToken("github_pat_other", "administration:write"));
        assertThat(verdicts(check(ORGANIZATION, FINE, Permission.REGISTER_RUNNERS)))
                .containsExactly(Verdict.GRANTED);
        assertThat(check(ORGANIZATION, "github_pat_other", Permission.REGISTER_RUNNERS)
                        .missing())
                .singleElement()
                .extracting(Finding::needs)
                .isEqualTo("organization_self_hosted_runners:write");
    }

    @Test
    @DisplayName("RL-A36 a token that GitHub does not know fails the check with one call")
    void anUnknownTokenIsAskedWithOnce() {
        start(builder -> builder.acceptToken("another"));
        GitHubException unknown =
                failure(rest(REPOSITORY, GitHubCredentials.token(TOKEN)).checkPermissions(Set.of(Permission.DISPATCH)));
        assertThat(unknown.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(unknown.isRetryable()).isFalse();
        assertThat(unknown).hasMessageNotContaining(TOKEN);
        assertThat(sim().requests()).hasSize(1);
    }

    @Test
    @DisplayName("RL-S17 of several tokens each is judged, and what one may do is not missing")
    void severalTokensAreJudged() {
        start(builder -> builder.acceptToken("nobody")
                .rest(options -> options.fineGrainedToken(FINE, "actions:read").classicToken(TOKEN)));
        PermissionReport report = await(rest(
                        REPOSITORY,
                        GitHubCredentials.anyOf(
                                GitHubCredentials.token(FINE),
                                GitHubCredentials.token("ghp_unknown0000000001"),
                                GitHubCredentials.token(TOKEN)))
                .checkPermissions(Set.of(Permission.READ_LOGS, Permission.READ_VARIABLES)));
        assertThat(report.tokens()).hasSize(3);
        assertThat(report.missing()).extracting(Finding::permission).containsExactly(Permission.READ_VARIABLES);
    }

    @Test
    @DisplayName("a token that is not authorized for single sign-on is told so, without the code in the address")
    void singleSignOnIsTold() {
        faults().next(
                        Route.REST_LIST_RUNNERS,
                        Fault.status(
                                403,
                                "{\"message\":\"Resource protected by organization SAML enforcement.\"}",
                                Map.of(
                                        "X-GitHub-SSO",
                                        "required; url=https://github.com/orgs/my-org/sso?authorization_request=AZSCKEY1")));
        PermissionReport report = check(ORGANIZATION, TOKEN, Permission.READ_RUNNERS);
        assertThat(report.missing())
                .singleElement()
                .extracting(Finding::evidence)
                .asString()
                .contains("not authorized for single sign-on", "github.com/orgs/my-org/sso")
                .doesNotContain("AZSCKEY1");
    }

    @Test
    @DisplayName("what GitHub cannot say now is unknown and not missing")
    void whatGitHubCannotSayIsUnknown() {
        for (int i = 0; i < 5; i++) {
            faults().next(Route.REST_LIST_RUNNERS, Fault.status(503));
        }
        PermissionReport report = check(ORGANIZATION, TOKEN, Permission.READ_RUNNERS);
        assertThat(verdicts(report)).containsExactly(Verdict.UNKNOWN);
        assertThat(report.isSufficient()).isTrue();
    }

    @Test
    void whatAScopeDoesNotHaveIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rest().checkPermissions(Set.of(Permission.DISPATCH)))
                .withMessageContaining("repository");
        assertThatIllegalArgumentException().isThrownBy(() -> rest().checkPermissions(Set.of()));
        assertThat(sim().requests()).isEmpty();
    }
}
