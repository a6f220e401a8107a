package dev.paddock.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** All that several threads change stands in a list of few classes; that nothing locks, {@link ArchitectureTest} sees. */
class SharedStateTest {
    @Test
    void onlyNamedClassesHoldWhatSeveralThreadsChange() {
        classes()
                .that(ArchitectureTest.CORE)
                .should(new SharedState(SharedState.IN_CORE.keySet()))
                .check(ArchitectureTest.MAIN);
    }

    @Test
    void eachClassNamedAsSharedStillIs() {
        assertThat(SharedState.IN_CORE.keySet())
                .allSatisfy(name -> assertThat(classes()
                                .should(new SharedState(Set.of()))
                                .evaluate(ArchitectureTest.MAIN.that(DescribedPredicate.describe(
                                        name, type -> (type.getName() + "$").startsWith(name + "$"))))
                                .hasViolation())
                        .as(name)
                        .isTrue());
    }

    @Test
    void theRuleOfSharedStateSeesEachWayRoundIt() {
        JavaClasses planted = new ClassFileImporter().importClasses(Shared.class);
        assertThat(classes()
                        .should(new SharedState(Set.of()))
                        .evaluate(planted)
                        .getFailureReport()
                        .getDetails())
                .hasSize(Shared.VIOLATIONS);
        assertThat(classes()
                        .should(new SharedState(Set.of(SharedStateTest.class.getName())))
                        .evaluate(planted)
                        .hasViolation())
                .isFalse();
    }

    /** One of each; never made. */
    @SuppressWarnings("unused")
    private static final class Shared {
        static final int VIOLATIONS = 12;

        private volatile int flag;
        private AtomicLong atomic;
        private ConcurrentMap<String, String> map;
        private List<AtomicReference<String>> inside;
        private VarHandle handle;
        private ThreadLocal<String> local;
        private BlockingQueue<String> blocking;
        private final Queue<String> hidden = new ConcurrentLinkedQueue<>();
        private final Object alsoHidden = new SynchronousQueue<String>();
        private final List<String> wrapped = Collections.synchronizedList(new ArrayList<>());
        private final Set<String> keys = ConcurrentHashMap.newKeySet();
        private final Object gate = new CountDownLatch(1);

        private final Queue<String> innocent = new ArrayDeque<>();
        private final CompletableFuture<String> stage = new CompletableFuture<>();
    }
}
