package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.VirtualTime;
import java.net.http.HttpClient;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The queue over https, with a certificate that only the listener's HTTP client trusts. */
class ListeningOverTlsTest extends ListeningConformance {
    @TempDir
    private static Path folder;

    private static SelfSigned certificate;

    @BeforeAll
    static void makeCertificate() {
        certificate = SelfSigned.in(folder);
    }

    @Override
    Transport open() {
        return Transport.tls(certificate);
    }

    @Test
    @DisplayName("GHS-T1 whoever does not trust the certificate says so, and sends nothing")
    void whoDoesNotTrustSaysSo() {
        assertThat(sim().url()).startsWith("https://127.0.0.1:");
        ScaleSetClient wary = ScaleSetClient.builder(sim().configUrl(ORGANIZATION), GitHubCredentials.token(TOKEN))
                .httpClient(HttpClient.newHttpClient())
                .scheduler(transport().scheduler())
                .build();
        assertThat(failure(wary.runners()).reason()).isEqualTo(Reason.TLS);
        assertThat(sim().requests()).isEmpty();
    }

    @Test
    @DisplayName("without a socket there is no TLS")
    void withoutASocketThereIsNone() {
        var builder = ActionsServiceSimulator.builder().tls(certificate.server());
        assertThatThrownBy(() -> builder.inMemory(VirtualTime.seeded(1))).isInstanceOf(IllegalStateException.class);
    }
}
