package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.run.RunFolder;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classes whose names are hard to write down. */
class StrangeNamesTest {
    private static final List<String> NAMES =
            List.of("-r\nline\r\u001b[31m", "a\ttab \"quoted\" \\n", "été 猫 🐶\u202e");

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void rename() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 4, 1);
        for (int i = 0; i < NAMES.size(); i++) {
            for (String set : List.of("train", "val")) {
                Path images = data.resolve(set);
                Files.move(images.resolve(TestPhotographs.CLASSES.get(i)), images.resolve(NAMES.get(i)));
            }
            Files.writeString(data.resolve("train").resolve(NAMES.get(i)).resolve("bad\n.jpg"), "no image");
        }
    }

    private static Invocation run(String command, Path data, Path run, String... more) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("--json", "--run", run.toString()));
        if (data != null) {
            all.addAll(List.of("--data", data.toString()));
        }
        all.addAll(List.of(more));
        return Invocation.of(all.toArray(String[]::new));
    }

    @Test
    void survivePackingTrainingResumingEvaluatingAndClassifying() throws IOException {
        Path shards = folder.resolve("shards");
        Invocation packing = Invocation.of("pack", data.toString(), shards.toString(), "--side", "60");
        assertThat(packing.status()).as(packing.err()).isZero();
        Path run = folder.resolve("run");
        for (String epochs : List.of("1", "2")) {
            String[] more = epochs.equals("1")
                    ? new String[] {"--batch", "2", "--epochs", epochs}
                    : new String[] {"--resume", "--override", "--epochs", epochs};
            Invocation training = run("train", shards, run, more);
            assertThat(training.status()).as(training.err()).isZero();
        }
        assertThat(new RunFolder(run).classNames()).containsExactlyInAnyOrderElementsOf(NAMES);

        Invocation evaluation = run("evaluate", shards, run);
        assertThat(evaluation.status()).as(evaluation.err()).isZero();
        Path image = data.resolve("val").resolve(NAMES.get(0)).resolve("image0.png");
        Invocation classification = run("classify", null, run, image.toString());
        assertThat(classification.status()).as(classification.err()).isZero();
        assertThat(names(classification.json())).containsAll(NAMES).contains(image.toString());
    }

    /** All texts and keys in it. */
    private static TreeSet<String> names(JsonNode node) {
        TreeSet<String> names = new TreeSet<>();
        if (node.isTextual()) {
            names.add(node.asText());
        }
        node.fieldNames().forEachRemaining(names::add);
        node.forEach(child -> names.addAll(names(child)));
        return names;
    }
}
