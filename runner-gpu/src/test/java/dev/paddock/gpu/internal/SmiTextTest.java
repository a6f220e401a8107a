package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.Reading;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A cell of a vendor's tool")
class SmiTextTest {
    @ParameterizedTest(name = "{0} is {1}")
    @DisplayName("HW-36: that holds a word for nothing is that state, never 0")
    @CsvSource(
            delimiter = '|',
            value = {
                "[N/A]|NOT_SUPPORTED",
                "N/A|NOT_SUPPORTED",
                "[Not Supported]|NOT_SUPPORTED",
                "Not Supported|NOT_SUPPORTED",
                "[Function Not Found]|NOT_SUPPORTED",
                "[Requested functionality has been deprecated]|NOT_SUPPORTED",
                "''|NOT_SUPPORTED",
                "[Insufficient Permissions]|NO_PERMISSION",
                "[GPU is lost]|LOST",
                "[Unknown Error]|FAILED",
                "Unknown Error|FAILED",
                "ERR!|FAILED",
                "[GPU requires reset]|FAILED",
                "84,60|FAILED",
                "12 34|FAILED",
                "99999999999999999999|FAILED",
                "NaN|FAILED",
            })
    void words(String cell, Reading.State state) {
        assertThat(SmiText.number(cell).state()).isEqualTo(state);
        assertThat(SmiText.scaled(cell, 1000).state()).isEqualTo(state);
        assertThat(SmiText.bytes(cell, 1 << 20).state()).isEqualTo(state);
        assertThat(SmiText.flag(cell).state()).isEqualTo(state);
        assertThat(SmiText.recovery(cell).isKnown()).isEqualTo(cell.contains("reset"));
    }

    @Test
    @DisplayName("HW-36: that is not understood says so with its first 40 characters")
    void unparsed() {
        assertThat(SmiText.number("x".repeat(100)).detail()).isEqualTo("unparsed: " + "x".repeat(40));
        assertThat(SmiText.number("a\u0000b").detail()).isEqualTo("unparsed: a?b");
    }

    @Test
    @DisplayName("is a number in the unit asked for, with or without a unit printed")
    void numbers() {
        assertThat(SmiText.number("33")).isEqualTo(Reading.of(33));
        assertThat(SmiText.number(" 0 % ")).isEqualTo(Reading.of(0));
        assertThat(SmiText.number("-5 C")).isEqualTo(Reading.of(-5));
        assertThat(SmiText.scaled("84.60 W", 1000)).isEqualTo(Reading.of(84_600));
        assertThat(SmiText.scaled("-0.5", 1000)).isEqualTo(Reading.of(-500));
        assertThat(SmiText.bytes("143771", 1 << 20)).isEqualTo(Reading.of(143_771L << 20));
        assertThat(SmiText.bytes("143771 MiB", 1)).isEqualTo(Reading.of(143_771L << 20));
        assertThat(SmiText.bytes("-1", 1).state()).isEqualTo(Reading.State.FAILED);
        assertThat(SmiText.bytes("5 parsecs", 1).state()).isEqualTo(Reading.State.FAILED);
        assertThat(SmiText.bits("0x0000000000000041")).isEqualTo(Reading.of(0x41));
        assertThat(SmiText.bits("[N/A]")).isEqualTo(Reading.notSupported());
    }

    @Test
    @DisplayName("is a yes, a no or an advice")
    void choices() {
        assertThat(SmiText.flag("Enabled")).isEqualTo(Reading.of(1));
        assertThat(SmiText.flag("No")).isEqualTo(Reading.of(0));
        assertThat(SmiText.recovery("None")).isEqualTo(Reading.of(0));
        assertThat(SmiText.recovery("Reset")).isEqualTo(Reading.of(1));
        assertThat(SmiText.recovery("Reboot")).isEqualTo(Reading.of(2));
        assertThat(SmiText.recovery("Drain P2P")).isEqualTo(Reading.of(3));
        assertThat(SmiText.recovery("Drain and Reset")).isEqualTo(Reading.of(4));
        assertThat(SmiText.recovery("[N/A]")).isEqualTo(Reading.notSupported());
    }

    @ParameterizedTest
    @DisplayName("that holds an address is written as Linux writes it")
    @ValueSource(strings = {"00000000:3B:00.0", "0000:3b:00.0", "3b:00.0", "0:3B:0.0"})
    void addresses(String text) {
        assertThat(PciAddress.normal(text)).isEqualTo("0000:3b:00.0");
        assertThat(PciAddress.normal("00010000:E1:00.0")).isEqualTo("10000:e1:00.0");
        assertThat(PciAddress.normal("gpu")).isEmpty();
    }
}
