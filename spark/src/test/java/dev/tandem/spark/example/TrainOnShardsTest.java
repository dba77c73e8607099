package dev.tandem.spark.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.run.RunFolder;
import dev.tandem.spark.TestSession;
import dev.tandem.spark.train.TinyRun;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainOnShardsTest {
    @TempDir
    Path folder;

    @Test
    void leavesARunWithAValidatedEpoch() throws IOException {
        Path shards = TinyRun.shards(folder);
        Path run = folder.resolve("run");
        TestSession.local(2);
        TrainOnShards.main(new String[] {shards.toString(), "tiny-caffenet", "1", run.toString()});
        assertThat(RunFolder.existing(run).configuration().cluster().localSteps())
                .isEqualTo(5);
        assertThat(run.resolve("log.jsonl")).content().contains("\"epoch\":1,").contains("\"top1Error\":");
    }
}
