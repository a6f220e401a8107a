package dev.paddock.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.paddock.testkit.ArchitectureTest.CORE;
import static dev.paddock.testkit.ArchitectureTest.GCP;
import static dev.paddock.testkit.ArchitectureTest.MAIN;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rules of the house for the module that asks Google. */
class GcpArchitectureTest {
    /** Google's client blocks a thread for each call. */
    private static final Set<String> CALL_GOOGLE = Set.of("dev.paddock.gcp.internal.google.GoogleChannel");

    @Test
    void gcpKnowsOnlyCore() {
        classes()
                .that(resideInAPackage(GCP))
                .should()
                .onlyDependOnClassesThat(CORE.or(resideInAnyPackage(
                        GCP, "java..", "org.slf4j..", "org.jspecify..", "com.fasterxml.jackson..", "com.google..")))
                .check(MAIN);
    }

    @Test
    @DisplayName("GCE-60: Google's classes are known where its client is called, and to the credentials")
    void onlyOnePlaceKnowsGooglesClient() {
        noClasses()
                .that(not(resideInAPackage("dev.paddock.gcp.internal.google..")
                        .or(DescribedPredicate.describe(
                                "the credentials",
                                type -> type.getName().startsWith("dev.paddock.gcp.GcpCredentials")))))
                .should()
                .dependOnClassesThat(resideInAPackage("com.google.."))
                .check(MAIN);
    }

    @Test
    @DisplayName("GCE-60: of Google's classes only Credentials is in a public signature")
    void onlyCredentialsAreShown() {
        classes()
                .that(resideInAPackage("dev.paddock..").and(not(resideInAPackage("..internal.."))))
                .should(new NotShow("com.google", "com.google.auth.Credentials"))
                .check(MAIN);
        assertThat(classes()
                        .that(resideInAPackage(GCP))
                        .should(new NotShow("com.google"))
                        .evaluate(MAIN)
                        .hasViolation())
                .isTrue();
    }

    @Test
    void timeThreadsAndChanceComeFromTheScheduler() {
        classes()
                .that(resideInAPackage(GCP))
                .should(new TimeAndChance(CALL_GOOGLE))
                .check(MAIN);
    }
}
