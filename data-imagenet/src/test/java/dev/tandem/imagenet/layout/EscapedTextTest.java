package dev.tandem.imagenet.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EscapedTextTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`a\nb`, a\\nb",
                "`tab\there`, tab\\there",
                "`\u001b[31mred`, \\u001b[31mred",
                "`one\u2028two`, one\\u2028two",
                "`gnp\u202e.jpg`, gnp\\u202e.jpg",
                "back\\slash, back\\\\slash",
                "\"quoted\", \"quoted\"",
                "-dash, -dash",
                "猫 🐶 été, 猫 🐶 été",
            })
    void namesBecomeOneLine(String name, String line) {
        assertThat(EscapedText.write(name)).isEqualTo(line);
        assertThat(EscapedText.read(line)).isEqualTo(name);
    }

    @Test
    void linesOfEarlierVersionsReadAsTheyAre() {
        for (String line : new String[] {"tabby cat", "C:\\dogs", "a\\", "\\u12", "\\uzzzz", ""}) {
            assertThat(EscapedText.read(line)).isEqualTo(line);
        }
    }

    @Test
    void anyTextIsRestored() {
        long seed = 11;
        Random random = new Random(seed);
        for (int trial = 0; trial < 10_000; trial++) {
            char[] text = new char[random.nextInt(8)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (char)
                        (random.nextBoolean()
                                ? "\\nrtu0a\n\r\t\u0000".charAt(random.nextInt(11))
                                : random.nextInt(0x10000));
            }
            String name = new String(text);
            String line = EscapedText.write(name);
            assertThat(EscapedText.read(line))
                    .as("seed %d, trial %d", seed, trial)
                    .isEqualTo(name);
            assertThat(line.lines().count())
                    .as("seed %d, trial %d", seed, trial)
                    .isLessThanOrEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"C:\\dogs", "two\\nletters"})
    void peopleSeeBackslashesOnce(String name) {
        assertThat(EscapedText.visible(name)).isEqualTo(name);
    }
}
