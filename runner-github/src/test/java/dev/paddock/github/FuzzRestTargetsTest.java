package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FuzzRestTargetsTest {
    @ParameterizedTest
    @ValueSource(classes = {GitHubClient.class, GitHubRepository.class, GitHubVariables.class, RunnerLabels.class})
    @DisplayName("GHS-E8 every public call of the REST client is a target")
    void everyPublicCallIsATarget(Class<?> type) {
        List<String> calls = Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(method -> CompletionStage.class.isAssignableFrom(method.getReturnType()))
                .map(FuzzRestTargetsTest::signature)
                .toList();
        assertThat(calls).hasSizeGreaterThanOrEqualTo(4);
        assertThat(FuzzTargets.ALL).extracting(FuzzTargets.Target::name).containsAll(calls);
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(
                        ", ", method.getDeclaringClass().getSimpleName() + "." + method.getName() + "(", ")"));
    }
}
