package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplanationFolderTest {
    @TempDir
    Path folder;

    @Test
    void anotherImageOfTheSameNameGetsAnotherFolder() {
        ExplanationFolder target = new ExplanationFolder(folder);
        Path first = target.of(Path.of("/photos/a/cat.jpg"), null);
        assertThat(first).isEqualTo(folder.resolve("cat"));
        assertThat(first.resolve("image.txt")).hasContent("/photos/a/cat.jpg");
        assertThat(target.of(Path.of("/photos/b/cat.jpg"), null)).isEqualTo(folder.resolve("cat-2"));
        assertThat(target.of(Path.of("/photos/c/cat.png"), null)).isEqualTo(folder.resolve("cat-3"));
        // Each has its own again, also in a later call.
        ExplanationFolder later = new ExplanationFolder(folder);
        assertThat(later.of(Path.of("/photos/c/../b/cat.jpg"), null)).isEqualTo(folder.resolve("cat-2"));
        assertThat(later.of(Path.of("/photos/a/cat.jpg"), null)).isEqualTo(first);
    }

    @Test
    void aClassStandsBeforeTheFilesName() {
        ExplanationFolder target = new ExplanationFolder(folder);
        assertThat(target.of(Path.of("val/leopard/image_0015.jpg"), "leopard"))
                .isEqualTo(folder.resolve("leopard-image_0015"));
        assertThat(target.of(Path.of(".hidden"), null)).isEqualTo(folder.resolve(".hidden"));
    }

    @Test
    void foldersOfSomethingElseAreLeftAlone() throws IOException {
        Files.createDirectories(folder.resolve("filters"));
        Files.writeString(folder.resolve("cat"), "a file");
        ExplanationFolder target = new ExplanationFolder(folder);
        assertThat(target.of(Path.of("/photos/filters.jpg"), null)).isEqualTo(folder.resolve("filters-2"));
        assertThat(target.of(Path.of("/photos/cat.jpg"), null)).isEqualTo(folder.resolve("cat-2"));
        assertThat(folder.resolve("cat")).hasContent("a file");
    }

    /** A name with a line break is one line of image.txt, so that it cannot pass for another. */
    @Test
    void namesAreEscaped() throws IOException {
        ExplanationFolder target = new ExplanationFolder(folder);
        Path own = target.of(Path.of("/photos/a\nb.jpg"), null);
        assertThat(Files.readAllLines(own.resolve("image.txt"))).hasSize(1);
        assertThat(target.of(Path.of("/photos/a\nb.jpg"), null)).isEqualTo(own);
    }
}
