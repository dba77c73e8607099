package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    @Test
    void fewestInsertionsDeletionsAndReplacementsAreNearest() {
        // From "kitten": "sitting" takes 3 (k to s, e to i, + g), "kit" 3 (- t, e, n), "mitten" 1, "kittens" 1,
        // "bitter" 2.
        assertThat(Nearest.to("kitten", List.of("sitting", "bitter", "mitten", "kit")))
                .isEqualTo("mitten");
        assertThat(Nearest.to("kitten", List.of("sitting", "bitter"))).isEqualTo("bitter");
        assertThat(Nearest.to("", List.of("abc", "ab"))).isEqualTo("ab");
    }

    @Test
    void ofSeveralAsNearTheFirstIsTaken() {
        assertThat(Nearest.to("kitten", List.of("kittens", "mitten"))).isEqualTo("kittens");
        assertThat(Nearest.to("kitten", List.of("mitten", "kittens"))).isEqualTo("mitten");
    }
}
