package dev.tandem.spark.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.spark.Checksums;
import dev.tandem.spark.TestSession;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /** Runs a command on a local session, which it ends. */
    private int run(String... words) {
        TestSession.local(2);
        return TandemSparkCommand.execute(new PrintWriter(out, true), new PrintWriter(err, true), words);
    }

    @Test
    void optionsMeanWhatTheyDoOnOneMachine() throws IOException {
        Path images = TestPhotographs.folder(folder.resolve("images"), 8, 0).resolve("train");
        Manifest one = Packer.pack(
                ImageSource.open(images, FolderOptions.defaults().withSplit(0.5, 7), ScanProgress.silent()),
                folder.resolve("one"),
                new PackOptions(24, true, PackOptions.Encoding.RAW, 80, 7, 5, true),
                ImageOptions.defaults(),
                1,
                ScanProgress.silent());
        String[] words = {
            "pack",
            images.toString(),
            "shared://" + folder.resolve("many"),
            "--side",
            "24",
            "--square",
            "--encoding",
            "raw",
            "--quality",
            "80",
            "--seed",
            "7",
            "--images-per-shard",
            "5",
            "--split",
            "0.5",
            "--json"
        };
        assertThat(run(words)).as(err.toString()).isZero();
        assertThat(Checksums.of(folder.resolve("many"))).isEqualTo(Checksums.of(folder.resolve("one")));
        String[] lines = out.toString().split("\n", -1);
        JsonNode json = new ObjectMapper().readTree(lines[lines.length - 2]);
        long training = one.images(Split.TRAIN);
        assertThat(training).isBetween(1L, 23L);
        assertThat(json.get("images").get("train").asLong()).isEqualTo(training);
        assertThat(json.get("shards").asInt()).isEqualTo(one.shards().size());
        assertThat(err.toString())
                .contains("train: " + training + " of " + training)
                .contains("is complete");
        assertThat(run(words)).as("again").isZero();
    }

    @Test
    void whatIsNotThereIsMisuse() {
        assertThat(run(
                        "pack",
                        folder.resolve("nothing").toString(),
                        folder.resolve("p").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).startsWith("Error: ").contains("nothing");
        assertThat(run("pack", "nosuch://host/x", folder.resolve("p").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("no file system for nosuch://");
        assertThat(run("pack", folder.toString())).isEqualTo(2);
    }
}
