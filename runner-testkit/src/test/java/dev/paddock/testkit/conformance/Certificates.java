package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Certificates that the JDK's own tool makes: a root, an authority below it, servers below that, one by itself. */
final class Certificates {
    static final String ROOT = "root";
    static final String INTERMEDIATE = "intermediate";
    /** Issued by the intermediate, for 127.0.0.1 and the names of {@link CannedGitHub}. */
    static final String SERVER = "server";
    /** Issued by the intermediate, for a name that is nobody's here. */
    static final String STRANGER = "stranger";
    /** Signed by itself, for 127.0.0.1. */
    static final String ALONE = "alone";

    private static final char[] PASSWORD = "conformance".toCharArray();

    private final KeyStore keys;

    private Certificates(KeyStore keys) {
        this.keys = keys;
    }

    /** Makes them all; a matter of seconds. */
    static Certificates make(Path folder) {
        Path file = folder.resolve("keys.p12");
        try {
            generate(file, ROOT, "-ext", "bc:c");
            generate(file, INTERMEDIATE, "-ext", "bc:c", "-signer", ROOT);
            String names = "SAN=ip:127.0.0.1,dns:" + CannedGitHub.HOST + ",dns:" + CannedGitHub.SERVICE_HOST;
            generate(file, SERVER, "-ext", names, "-signer", INTERMEDIATE);
            generate(file, STRANGER, "-ext", "SAN=dns:elsewhere.paddock.test", "-signer", INTERMEDIATE);
            generate(file, ALONE, "-ext", "SAN=ip:127.0.0.1");
            KeyStore keys = empty();
            try (InputStream in = Files.newInputStream(file)) {
                keys.load(in, PASSWORD);
            }
            return new Certificates(keys);
        } catch (IOException | InterruptedException | GeneralSecurityException failure) {
            throw new AssertionError("no certificates", failure);
        }
    }

    private static void generate(Path file, String alias, String... more) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + alias,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD)));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(alias).isZero();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** What a server needs to be this one; it shows the chain up to the root. */
    SSLContext server(String alias) {
        try {
            KeyStore own = empty();
            own.setKeyEntry(alias, keys.getKey(alias, PASSWORD), PASSWORD, keys.getCertificateChain(alias));
            var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(own, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** A trust store with one certificate, as Java reads it, without password. */
    KeyStore trusting(String alias) {
        try {
            KeyStore store = empty();
            store.setCertificateEntry(alias, keys.getCertificate(alias));
            return store;
        } catch (GeneralSecurityException | IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** A certificate as a person would put it in a file. */
    String pem(String alias) {
        try {
            var base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
            return "# " + alias + "\n-----BEGIN CERTIFICATE-----\n"
                    + base64.encodeToString(keys.getCertificate(alias).getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException failure) {
            throw new AssertionError(failure);
        }
    }
}
