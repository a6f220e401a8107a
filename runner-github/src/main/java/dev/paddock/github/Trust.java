package dev.paddock.github;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Whom to believe about who a server is. */
final class Trust {
    private Trust() {}

    /** Certificates out of PEM text, or an {@link IllegalArgumentException} that says what is there instead. */
    static List<X509Certificate> certificates(String pem, String what) {
        var certificates = new ArrayList<X509Certificate>();
        List<Pem> blocks = Pem.blocks(pem);
        for (Pem block : blocks) {
            if (block.label().equals("CERTIFICATE")) {
                certificates.add(certificate(block, what, certificates.size() + 1));
            }
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException(what + " must hold PEM text with at least one certificate, which begins"
                    + " with -----BEGIN CERTIFICATE-----; there is "
                    + (blocks.isEmpty()
                            ? "no PEM text"
                            : "only a " + blocks.get(0).label()));
        }
        return List.copyOf(certificates);
    }

    private static X509Certificate certificate(Pem block, String what, int number) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(block.bytes()));
        } catch (CertificateException | IllegalArgumentException damaged) {
            throw new IllegalArgumentException(
                    what + " cannot be used: certificate " + number + " in it is damaged", damaged);
        }
    }

    /** Believes whom Java believes, and these. */
    static SSLContext with(List<X509Certificate> authorities) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("authority-" + i, authorities.get(i));
            }
            return context(new Either(manager(null), manager(store)));
        } catch (GeneralSecurityException | IOException unable) {
            throw new IllegalStateException("this Java cannot trust other certificate authorities", unable);
        }
    }

    /** Believes everybody. */
    static SSLContext blind() {
        try {
            return context(new Blind());
        } catch (GeneralSecurityException unable) {
            throw new IllegalStateException("this Java cannot leave certificates unverified", unable);
        }
    }

    private static SSLContext context(TrustManager manager) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {manager}, null);
        return context;
    }

    private static X509ExtendedTrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager known) {
                return known;
            }
        }
        throw new GeneralSecurityException("no trust manager for X.509 with checks of host names");
    }

    /** A check of a chain that throws if it fails. */
    private interface Check {
        void by(X509ExtendedTrustManager manager) throws CertificateException;
    }

    /** Two opinions, of which one is enough. Each checks the host's name too. */
    private static final class Either extends X509ExtendedTrustManager {
        private final X509ExtendedTrustManager first;
        private final X509ExtendedTrustManager second;

        Either(X509ExtendedTrustManager first, X509ExtendedTrustManager second) {
            this.first = first;
            this.second = second;
        }

        private void check(Check check) throws CertificateException {
            try {
                check.by(first);
            } catch (CertificateException failure) {
                try {
                    check.by(second);
                } catch (CertificateException other) {
                    // Who knows the authority knows better what is wrong.
                    boolean unknown = isUnknown(other);
                    CertificateException telling = unknown ? failure : other;
                    telling.addSuppressed(unknown ? other : failure);
                    throw telling;
                }
            }
        }

        private static boolean isUnknown(Throwable failure) {
            return failure.getCause() instanceof CertPathBuilderException;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(manager -> manager.checkServerTrusted(chain, type, engine));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(manager -> manager.checkServerTrusted(chain, type, socket));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(manager -> manager.checkServerTrusted(chain, type));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(manager -> manager.checkClientTrusted(chain, type, engine));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(manager -> manager.checkClientTrusted(chain, type, socket));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(manager -> manager.checkClientTrusted(chain, type));
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return Stream.of(first, second)
                    .flatMap(manager -> Stream.of(manager.getAcceptedIssuers()))
                    .toArray(X509Certificate[]::new);
        }
    }

    /** Looks at nothing. Being an extended manager it also keeps Java from comparing names. */
    private static final class Blind extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
