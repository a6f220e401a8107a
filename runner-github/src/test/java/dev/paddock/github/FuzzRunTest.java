package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The search finds what it looks for: each kind of fault, planted. */
class FuzzRunTest {
    private static final long SEED = 7;

    private static List<String> failures(int cases, FuzzTargets.Target target) throws InterruptedException {
        return new FuzzRun(SEED, cases, List.of(target)).failures(Duration.ofMinutes(1));
    }

    private static void assertFound(FuzzTargets.Target target, String words) throws InterruptedException {
        assertThat(failures(3, target))
                .hasSize(3)
                .allSatisfy(failure -> assertThat(failure)
                        .contains(words)
                        .startsWith("./mvnw ")
                        .contains("-Dpaddock.fuzz.seed=" + SEED + " -Dpaddock.fuzz.case="));
    }

    @Test
    void anUndocumentedFailureIsFound() throws InterruptedException {
        assertFound(
                FuzzTargets.call("planted", service -> CompletableFuture.failedStage(new ClassCastException("x"))),
                "undocumented java.lang.ClassCastException");
        assertFound(
                FuzzTargets.call(
                        "planted",
                        service -> CompletableFuture.failedStage(GitHubException.from(new ClassCastException("x")))),
                "nobody thought of");
    }

    @Test
    void aCallThatThrowsIsFound() throws InterruptedException {
        assertFound(
                FuzzTargets.call("planted", service -> {
                    throw new IllegalStateException("thrown");
                }),
                "IllegalStateException: thrown");
    }

    @Test
    void aCallThatNeverEndsIsFound() throws InterruptedException {
        assertFound(FuzzTargets.call("planted", service -> new CompletableFuture<>()), "not completed");
    }

    @Test
    void aLoopThatNeverEndsIsFound() throws InterruptedException {
        var looping = new FuzzTargets.Target("planted", service -> {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
        });
        assertThat(new FuzzRun(SEED, 1, List.of(looping)).failures(Duration.ofMillis(200)))
                .singleElement()
                .asString()
                .contains("took more than", "paddock.fuzz.case=0");
    }

    @Test
    void aSecretIsFoundWhereverItIsTold() throws InterruptedException {
        String secret = "the token is " + PlantedSecrets.QUEUE_SIGNATURE;
        assertFound(
                FuzzTargets.call("planted", service -> CompletableFuture.completedStage(secret)), "the value tells");
        assertFound(
                FuzzTargets.call(
                        "planted",
                        service -> CompletableFuture.failedStage(GitHubException.caused(
                                GitHubException.Reason.NETWORK, "fine", new IllegalStateException(secret)))),
                "the failure tells");
        assertFound(
                new FuzzTargets.Target(
                        "planted", service -> LoggerFactory.getLogger("planted").debug("{}", secret)),
                "the log tells");
    }

    @Test
    void aCarelessReaderIsFound() throws InterruptedException {
        assertThat(failures(2_000, FuzzTargets.reader("planted", FuzzCorpus.message(5, "[]"), text -> {
                    JsonNode node = Wire.parse(text);
                    return node.get("messageId").longValue();
                })))
                .isNotEmpty();
        assertThat(failures(2_000, FuzzTargets.reader("planted", FuzzCorpus.message(5, "[]"), text -> {
                    var deepest = new AtomicInteger();
                    depth(text, 0, deepest);
                    return deepest;
                })))
                .anySatisfy(failure -> assertThat(failure).contains("StackOverflowError"));
    }

    private static int depth(String text, int from, AtomicInteger deepest) {
        if (from == text.length() || (text.charAt(from) != '[' && text.charAt(from) != '{')) {
            return from;
        }
        deepest.incrementAndGet();
        return depth(text, from + 1, deepest) + 1;
    }

    @Test
    void withoutDamageTheCorpusAnswersEveryCallAndEachSucceeds() {
        for (FuzzTargets.Target target : FuzzTargets.ALL) {
            int succeeded = 0;
            for (int seed = 0; seed < 10; seed++) {
                var service = new FuzzService(new SplittableRandom(seed));
                service.heal();
                target.play().accept(service);
                assertThat(service.story())
                        .as("%s, seed %s", target.name(), seed)
                        .noneMatch(line -> line.contains("<html>Not Found"));
                succeeded += service.story().stream().anyMatch(line -> line.startsWith("failed")) ? 0 : 1;
            }
            assertThat(succeeded).as(target.name()).isPositive();
        }
    }

    @Test
    void aCaseIsAFunctionOfItsSeedAndNumber() {
        var once = new FuzzCase(SEED, 11, FuzzTargets.ALL);
        var again = new FuzzCase(SEED, 11, FuzzTargets.ALL);
        once.play();
        again.play();
        assertThat(once.toString())
                .isEqualTo(again.toString())
                .isNotEqualTo(new FuzzCase(SEED, 12, FuzzTargets.ALL).toString());
    }
}
