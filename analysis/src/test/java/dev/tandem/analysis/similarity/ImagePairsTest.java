package dev.tandem.analysis.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.analysis.similarity.ImagePairs.Pair;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which images are compared with which. */
class ImagePairsTest {
    @TempDir
    Path folder;

    @Test
    void imagesOfTwoFoldersArePairedByTheirNames() throws IOException {
        Path a = TestPhotographs.folder(folder.resolve("a"), 1, 1);
        Path b = TestPhotographs.folder(folder.resolve("b"), 1, 1);
        Files.delete(a.resolve("train/red/image0.png"));
        Files.delete(b.resolve("val/blue/image0.png"));
        Files.writeString(b.resolve("notes.txt"), "a text");
        ImagePairs pairs = ImagePairs.of(a, b);
        assertThat(pairs.pairs())
                .hasSize(4)
                .startsWith(new Pair(a.resolve("train/blue/image0.png"), b.resolve("train/blue/image0.png")));
        assertThat(pairs.alone()).containsExactly(a + "/val/blue/image0.png", b + "/train/red/image0.png");
        assertThat(pairs.notes()).singleElement().asString().contains(".txt");
        Pair two = new Pair(a.resolve("val/red/image0.png"), b.resolve("val/green/image0.png"));
        assertThat(ImagePairs.of(two.a(), two.b()).pairs()).containsExactly(two);
    }

    @Test
    void whatHasNoPairsIsRefused() throws IOException {
        Path a = TestPhotographs.folder(folder.resolve("a"), 1, 0).resolve("train/blue");
        Path b = TestPhotographs.folder(folder.resolve("b"), 1, 0);
        assertThatThrownBy(() -> ImagePairs.of(a, b))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no image of " + a + " has the name of one of " + b);
        assertThatThrownBy(() -> ImagePairs.of(a.resolve("image0.png"), b))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("only one of them is a folder");
        assertThatThrownBy(() -> ImagePairs.of(a.resolve("image0.png"), folder.resolve("nothing.png")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("nothing.png is neither a file nor a folder, got nothing there");
    }
}
