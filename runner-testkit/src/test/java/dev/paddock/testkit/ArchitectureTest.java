package dev.paddock.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasAnnotations;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** The rules of the house that a compiler does not know. */
class ArchitectureTest {
    private static final String GITHUB = "dev.paddock.github..";
    private static final String TESTKIT = "dev.paddock.testkit..";
    private static final String[] HOST = {"dev.paddock.gpu..", "dev.paddock.host.."};
    static final String GCP = "dev.paddock.gcp..";
    /** The only classes that may meet clocks, threads and chance. */
    private static final Set<String> MEET_TIME =
            Set.of("dev.paddock.spi.SystemScheduler", "dev.paddock.internal.engine.ShutdownHook");

    /** What asks drivers and programs that may never answer: threads and deadlines of its own. */
    private static final Set<String> WAIT_FOR_THE_HOST = Set.of(
            "dev.paddock.gpu.GpuProbe",
            "dev.paddock.gpu.internal.NvidiaSmiSource",
            "dev.paddock.gpu.internal.NvmlOptions",
            "dev.paddock.gpu.internal.Rounds",
            "dev.paddock.gpu.internal.SharedQuestion",
            "dev.paddock.gpu.internal.ToolSource",
            "dev.paddock.gpu.internal.XidWatch",
            "dev.paddock.host.HostDoctor",
            "dev.paddock.host.HostProbe",
            "dev.paddock.host.internal.AskedOnce",
            "dev.paddock.host.internal.BoundedCalls",
            "dev.paddock.host.internal.HostReading",
            "dev.paddock.host.internal.RunningCommand",
            "dev.paddock.host.internal.SystemCommands",
            "dev.paddock.host.internal.Trial");

    /** Tells providers apart by identity, and never walks the table. */
    private static final Set<String> ONLY_LOOK_UP = Set.of("dev.paddock.internal.engine.Coordinator");

    static final DescribedPredicate<JavaClass> CORE = resideInAPackage("dev.paddock..")
            .and(not(resideInAnyPackage(GITHUB, TESTKIT)))
            .and(not(resideInAnyPackage(HOST)))
            .and(not(resideInAPackage(GCP)))
            .as("core's classes");
    private static final DescribedPredicate<JavaClass> LIBRARY =
            CORE.or(resideInAPackage(GITHUB)).as("classes of core and github");

    static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.paddock");

    @Test
    void allModulesAreSeen() {
        assertThat(MAIN.contain(dev.paddock.RunnerCoordinator.class)).isTrue();
        assertThat(MAIN.contain(VirtualTime.class)).isTrue();
        assertThat(MAIN.contain(ArchitectureTest.class)).isFalse();
        assertThat(MAIN.stream().anyMatch(resideInAPackage(GITHUB))).isTrue();
        assertThat(MAIN.stream().anyMatch(resideInAPackage(GCP))).isTrue();
        assertThat(testClasses()).hasSizeGreaterThan(20);
    }

    // ---- arrows --------------------------------------------------------------------------------------------

    @Test
    void coreKnowsNobody() {
        classes()
                .that(CORE)
                .should()
                .onlyDependOnClassesThat(CORE.or(resideInAnyPackage(
                        "java..", "javax.sql..", "org.slf4j..", "org.jspecify..", "com.fasterxml.jackson..")))
                .check(MAIN);
    }

    @Test
    void githubKnowsOnlyCore() {
        classes()
                .that(resideInAPackage(GITHUB))
                .should()
                .onlyDependOnClassesThat(LIBRARY.or(resideInAnyPackage(
                        "java..",
                        "javax.crypto..",
                        "javax.net.ssl..",
                        "org.slf4j..",
                        "org.jspecify..",
                        "org.apache.commons.compress.archivers..",
                        "com.fasterxml.jackson..")))
                .check(MAIN);
    }

    @Test
    void oneClassKnowsHowArchivesAreUnpacked() {
        noClasses()
                .that(not(simpleName("PackageArchive")))
                .should()
                .dependOnClassesThat(resideInAPackage("org.apache.commons.compress.."))
                .check(MAIN);
    }

    @Test
    void whatAsksTheHostKnowsOnlyCore() {
        classes()
                .that(resideInAnyPackage(HOST))
                .should()
                .onlyDependOnClassesThat(CORE.or(resideInAnyPackage(HOST))
                        .or(resideInAnyPackage(
                                "java..",
                                "javax.xml..",
                                "org.slf4j..",
                                "org.jspecify..",
                                "com.fasterxml.jackson..",
                                "com.sun.jna..",
                                "oshi..")))
                .check(MAIN);
    }

    @Test
    void theTestkitSharesNothingWithTheClientItTests() {
        noClasses()
                .that(resideInAPackage(TESTKIT))
                .should()
                .dependOnClassesThat(resideInAnyPackage(GITHUB, GCP))
                .check(MAIN);
    }

    @Test
    void whatIsInternalIsUsedByItsOwnModuleOnly() {
        onlyUsedBy("dev.paddock.internal..", CORE);
        onlyUsedBy("dev.paddock.github.internal..", resideInAPackage(GITHUB));
        onlyUsedBy("dev.paddock.testkit.internal..", resideInAPackage(TESTKIT));
        onlyUsedBy("dev.paddock.gpu.internal..", resideInAnyPackage(HOST));
        onlyUsedBy("dev.paddock.host.internal..", resideInAnyPackage(HOST));
        onlyUsedBy("dev.paddock.gcp.internal..", resideInAPackage(GCP));
    }

    private static void onlyUsedBy(String internal, DescribedPredicate<JavaClass> module) {
        noClasses()
                .that(not(module))
                .should()
                .dependOnClassesThat(resideInAPackage(internal))
                .check(MAIN);
    }

    // ---- time and chance -----------------------------------------------------------------------------------

    @Test
    void timeThreadsAndChanceComeFromTheScheduler() {
        classes().that(LIBRARY).should(new TimeAndChance(MEET_TIME)).check(MAIN);
        classes()
                .that(resideInAnyPackage(HOST))
                .should(new TimeAndChance(WAIT_FOR_THE_HOST))
                .check(MAIN);
    }

    @Test
    void theRuleOfTimeAndChanceSeesEachWayRoundIt() {
        JavaClasses planted = new ClassFileImporter().importClasses(Planted.class);
        var result = classes().should(new TimeAndChance(Set.of())).evaluate(planted);
        assertThat(result.getFailureReport().getDetails()).hasSize(Planted.VIOLATIONS);
        assertThat(classes()
                        .should(new TimeAndChance(Set.of(ArchitectureTest.class.getName())))
                        .evaluate(planted)
                        .hasViolation())
                .isFalse();
    }

    /** One of each; never called. */
    @SuppressWarnings("unused")
    private static final class Planted {
        static final int VIOLATIONS = 16;

        void clocks() {
            Instant.now();
            System.nanoTime();
            LongSupplier reference = System::currentTimeMillis;
        }

        void waits(CountDownLatch latch, CompletableFuture<String> future, Thread thread) throws Exception {
            Thread.sleep(1);
            latch.await(1, TimeUnit.SECONDS);
            LockSupport.parkNanos(1);
            thread.join(1);
            future.orTimeout(1, TimeUnit.SECONDS);
        }

        void threads(CompletableFuture<String> future) {
            new Thread(() -> {});
            Executors.newCachedThreadPool();
            future.thenRunAsync(() -> {});
            Stream.of(1).parallel();
        }

        void chance() {
            UUID.randomUUID();
            new Random();
            ThreadLocalRandom.current();
            new SplittableRandom();
        }

        void innocent(CompletableFuture<String> future) {
            future.thenRunAsync(() -> {}, Runnable::run);
            new SplittableRandom(1);
            future.join();
        }
    }

    @Test
    void noDecisionWalksAHashTable() {
        classes().that(CORE).should(new HashOrder(ONLY_LOOK_UP)).check(MAIN);
    }

    @Test
    void theRuleOfHashTablesSeesThem() {
        JavaClasses planted = new ClassFileImporter().importClasses(Hashed.class);
        assertThat(classes()
                        .should(new HashOrder(Set.of()))
                        .evaluate(planted)
                        .getFailureReport()
                        .getDetails())
                .hasSize(Hashed.VIOLATIONS);
    }

    /** One of each; never called. */
    @SuppressWarnings("unused")
    private static final class Hashed {
        static final int VIOLATIONS = 5;

        void tables(Stream<String> words) {
            new HashMap<String, String>();
            new HashSet<String>();
            Set.of("a", "b");
            words.collect(Collectors.toSet());
            words.collect(Collectors.groupingBy(String::length));
        }

        void innocent(Stream<String> words) {
            new LinkedHashMap<String, String>();
            Set.of();
            words.collect(Collectors.groupingBy(String::length, TreeMap::new, Collectors.toList()));
        }
    }

    // ---- what a library does not do ------------------------------------------------------------------------

    @Test
    void nothingIsPrinted() {
        noClasses()
                .that(LIBRARY.or(resideInAPackage(GCP)))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethodWhere(DescribedPredicate.describe(
                        "printStackTrace()", call -> call.getName().equals("printStackTrace")))
                .check(MAIN);
    }

    @Test
    @DisplayName("RL-R27: no class of the library listens on a socket")
    void nobodyListensOnASocket() {
        noClasses()
                .that(LIBRARY.or(resideInAPackage(GCP)))
                .should()
                .dependOnClassesThat(resideInAPackage("com.sun.net.httpserver..")
                        .or(DescribedPredicate.describe(
                                "server sockets",
                                type -> type.isAssignableTo(java.net.ServerSocket.class)
                                        || type.isAssignableTo(java.nio.channels.AsynchronousServerSocketChannel.class)
                                        || type.isAssignableTo(java.nio.channels.ServerSocketChannel.class))))
                .check(MAIN);
    }

    @Test
    void jacksonIsInNoPublicSignature() {
        classes()
                .that(resideInAPackage("dev.paddock..").and(not(resideInAPackage("..internal.."))))
                .should(new NotShow("com.fasterxml"))
                .check(MAIN);
    }

    // ---- no locks in core ----------------------------------------------------------------------------------

    @Test
    void coreHasNoLock() {
        DescribedPredicate<JavaClass> lockFree = CORE.or(resideInAPackage(GCP));
        noClasses()
                .that(lockFree)
                .should()
                .dependOnClassesThat(resideInAPackage("java.util.concurrent.locks.."))
                .check(MAIN);
        List<String> monitors = new ArrayList<>();
        MAIN.stream().filter(lockFree).forEach(type -> monitors.addAll(monitors(type)));
        assertThat(monitors).isEmpty();
    }

    @Test
    void theScanForMonitorsSeesThem() {
        JavaClass locking = new ClassFileImporter().importClasses(Locking.class).get(Locking.class);
        assertThat(monitors(locking)).hasSize(2);
    }

    @SuppressWarnings("unused")
    private static final class Locking {
        private int count;

        synchronized void method() {
            count++;
        }

        void block() {
            synchronized (this) {
                count++;
            }
        }
    }

    private static List<String> monitors(JavaClass type) {
        List<String> found = new ArrayList<>();
        try (InputStream bytes = type.getSource().orElseThrow().getUri().toURL().openStream()) {
            new ClassReader(bytes).accept(new MonitorVisitor(type.getName(), found), ClassReader.SKIP_DEBUG);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return found;
    }

    private static final class MonitorVisitor extends ClassVisitor {
        private final String type;
        private final List<String> found;

        MonitorVisitor(String type, List<String> found) {
            super(Opcodes.ASM9);
            this.type = type;
            this.found = found;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            if ((access & Opcodes.ACC_SYNCHRONIZED) != 0) {
                found.add(type + "." + name + " is synchronized");
            }
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitInsn(int opcode) {
                    if (opcode == Opcodes.MONITORENTER) {
                        found.add(type + "." + name + " enters a monitor");
                    }
                }
            };
        }
    }

    // ---- tests ---------------------------------------------------------------------------------------------

    private static JavaClasses testClasses() {
        List<Path> places = Stream.of("runner-core", "runner-github", "runner-gcp", "runner-testkit")
                .map(module -> Path.of("..", module, "target", "test-classes"))
                .filter(Files::isDirectory)
                .toList();
        return new ClassFileImporter().importPaths(places);
    }

    @Test
    void noTestIsSkippedButByAStatedProperty() {
        classes()
                .should(new ArchCondition<JavaClass>("skip no test but by a system property") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        conditions(type, type.getName(), events);
                        type.getMethods().forEach(method -> conditions(method, method.getFullName(), events));
                    }
                })
                .check(testClasses());
        noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "assumptions", type -> type.getSimpleName().equals("Assumptions")))
                .check(testClasses());
    }

    private static void conditions(HasAnnotations<?> annotated, String where, ConditionEvents events) {
        for (JavaAnnotation<?> annotation : annotated.getAnnotations()) {
            JavaClass type = annotation.getRawType();
            boolean condition = type.getPackageName().equals("org.junit.jupiter.api.condition")
                    && !type.getSimpleName().endsWith("IfSystemProperty");
            if (condition || type.getName().equals("org.junit.jupiter.api.Disabled")) {
                events.add(SimpleConditionEvent.violated(annotated, where + " bears @" + type.getSimpleName()));
            }
        }
    }

    @Test
    void noTestSleeps() {
        noClasses()
                .that(not(resideInAPackage(TESTKIT)
                        .and(DescribedPredicate.describe(
                                "the planted class", type -> type.getName().startsWith(Planted.class.getName())))))
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a sleep",
                        call -> call.getName().equals("sleep")
                                && (call.getTargetOwner().isAssignableTo(Thread.class)
                                        || call.getTargetOwner().isAssignableTo(TimeUnit.class))))
                .check(testClasses());
    }
}
