package dev.paddock.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An App that the simulator knows. */
record InstalledApp(String clientId, long installation, PublicKey key) {
    private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
    private static final String END = "-----END PUBLIC KEY-----";

    /** Reads {@code CLIENT_ID:INSTALLATION:PUBLIC_KEY_FILE}. */
    static final class Converter implements ITypeConverter<InstalledApp> {
        Converter() {}

        @Override
        public InstalledApp convert(String value) {
            String[] parts = value.split(":", 3);
            if (parts.length < 3 || parts[0].isEmpty() || !parts[1].matches("\\d{1,18}")) {
                throw new TypeConversionException(
                        "must be CLIENT_ID:INSTALLATION:PUBLIC_KEY_FILE, such as Iv1.abc:42:app.pub.pem: " + value);
            }
            return new InstalledApp(parts[0], Long.parseLong(parts[1]), key(parts[2]));
        }
    }

    private static PublicKey key(String file) {
        try {
            String pem = Files.readString(Path.of(file)).strip();
            if (pem.startsWith(BEGIN) && pem.endsWith(END)) {
                String base64 = pem.substring(BEGIN.length(), pem.length() - END.length());
                byte[] bytes = Base64.getMimeDecoder().decode(base64);
                return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(bytes));
            }
        } catch (IOException | InvalidPathException unreadable) {
            throw new TypeConversionException("cannot read " + file + ": " + unreadable);
        } catch (GeneralSecurityException | IllegalArgumentException malformed) {
            throw new TypeConversionException(file + " holds no RSA public key that can be read");
        }
        throw new TypeConversionException(
                file + " must begin with " + BEGIN + "; openssl rsa -in app.pem -pubout makes it of a private key");
    }
}
