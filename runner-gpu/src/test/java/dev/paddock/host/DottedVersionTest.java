package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DottedVersionTest {
    @ParameterizedTest(name = "{0} at least {1}: {2}, of its line: {3}")
    @CsvSource({
        "10.0,9.0,true,false",
        "9.0,10.0,false,false",
        "12.10,12.9,true,false",
        "535,535.0,true,true",
        "535,535.54.03,false,false",
        "535.54.03,535,true,true",
        "1.1,1.2.0,false,false",
        "2.8.0+cu128,2.8,true,true",
        "2.80,2.8,true,false",
        "2.9.0rc1,2.8,true,false",
        "v1.16.2,1.16,true,true",
        "99999999999999999999.1,9,true,false"
    })
    @DisplayName("versions are compared number by number")
    void compared(String have, String wanted, boolean atLeast, boolean of) {
        DottedVersion version = DottedVersion.parse(have).orElseThrow();
        DottedVersion bound = DottedVersion.parse(wanted).orElseThrow();
        assertThat(version.isAtLeast(bound)).isEqualTo(atLeast);
        assertThat(version.isOf(bound)).isEqualTo(of);
    }

    @ParameterizedTest(name = "[{0}]")
    @ValueSource(strings = {"", ".", ".1", "abc", "1.2/3", "one 1.2", "[N/A]", "-1"})
    @DisplayName("other texts are no versions")
    void none(String text) {
        assertThat(DottedVersion.parse(text)).isEmpty();
    }

    @Test
    @DisplayName("a text of more than 200 characters is no version")
    void tooLong() {
        assertThat(DottedVersion.parse("1".repeat(200))).isPresent();
        assertThat(DottedVersion.parse("1".repeat(201))).isEmpty();
    }
}
