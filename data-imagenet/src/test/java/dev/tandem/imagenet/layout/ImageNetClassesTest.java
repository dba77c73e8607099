package dev.tandem.imagenet.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNetClassesTest {
    @Test
    void thereAreAThousandInTheOrderOfTheirLabels() {
        assertThat(ImageNetClasses.wnids())
                .hasSize(1000)
                .isSorted()
                .doesNotHaveDuplicates()
                .allMatch(wnid -> wnid.matches("n\\d{8}"));
        // Labels that every list of the classes agrees on.
        assertThat(ImageNetClasses.wnids().get(0)).isEqualTo("n01440764");
        assertThat(ImageNetClasses.wnids().get(281)).isEqualTo("n02123045");
        assertThat(ImageNetClasses.wnids().get(999)).isEqualTo("n15075141");
        CRC32 crc = new CRC32();
        for (String wnid : ImageNetClasses.wnids()) {
            String line = wnid + "\t" + ImageNetClasses.words(wnid).orElseThrow() + "\n";
            crc.update(line.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(crc.getValue()).as("the list, as the development kit has it").isEqualTo(3534379880L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n01440764 | tench, Tinca tinca (n01440764) | tench",
                "n02123045 | tabby, tabby cat (n02123045) | tabby",
                "n02012849 | crane (n02012849) | crane (n02012849)",
                "n03126707 | crane (n03126707) | crane (n03126707)",
                "cat | cat | cat",
                // of ILSVRC2010 only
                "n00004475 | n00004475 | n00004475",
            })
    void peopleSeeWordsAndOtherNamesStay(String name, String display, String brief) {
        assertThat(ImageNetClasses.display(name)).isEqualTo(display);
        assertThat(ImageNetClasses.brief(name)).isEqualTo(brief);
    }

    @Test
    void briefNamesDiffer() {
        Set<String> brief = new HashSet<>();
        ImageNetClasses.wnids().forEach(wnid -> brief.add(ImageNetClasses.brief(wnid)));
        assertThat(brief).hasSize(1000);
    }
}
