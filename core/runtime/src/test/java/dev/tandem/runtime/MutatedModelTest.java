package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.MutatedFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint may be damaged, or a stranger's: whatever it says of its model, it is opened or refused. */
@Timeout(7200)
class MutatedModelTest {
    @TempDir
    private Path folder;

    @Test
    void checkpointsAreOpenedOrRefused() throws IOException {
        Path file = folder.resolve("net.safetensors");
        try (Tandem tandem = Tandem.configure("tandem.backend = reference")) {
            ServedNet.write(file, tandem.placement(), 1, ServedNet.description());
            byte[] written = Files.readAllBytes(file);
            // Without checksums whatever is changed comes to be read; with little else most changes are in the header.
            String text = new String(written, StandardCharsets.ISO_8859_1);
            byte[] unchecked = text.replace("crc32c", "crc32x").getBytes(StandardCharsets.ISO_8859_1);
            ClassifierOptions options = ClassifierOptions.defaults().withBatch(1);
            int refused = MutatedFiles.of("checkpoint", file, unchecked).eachIsReadOrRefused(() -> {
                try (Classifier photos = tandem.open(file, options)) {
                    assertThat(photos.classify(new byte[1], 1)).hasSize(1);
                }
            });
            assertThat(refused).isPositive();
        }
    }
}
