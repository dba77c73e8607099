package dev.tandem.spark.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spark.TestSession;
import dev.tandem.spark.inference.TrainedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifyPhotographsTest {
    @TempDir
    Path folder;

    @Test
    void writesTheClassesOfEachPhotograph() throws IOException {
        TrainedRun run = TrainedRun.in(folder);
        TestSession.local(2);
        Path out = folder.resolve("out");
        ClassifyPhotographs.main(new String[] {
            run.path().toString(), run.photographs().resolve("val").toString(), out.toString()
        });
        List<Row> rows =
                TestSession.local(2).spark().read().parquet(out.toString()).collectAsList();
        assertThat(rows).hasSize(15).allMatch(row -> row.getList(1).size() == 3 && row.isNullAt(2));
    }
}
