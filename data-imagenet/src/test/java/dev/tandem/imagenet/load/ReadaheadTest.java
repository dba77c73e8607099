package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadaheadTest {
    private static final List<EpochOrder.Window> WINDOWS =
            List.of(window(0, "a", "b"), window(100, "c"), window(200, "d", "e"), window(300, "f"));

    private final BlockingQueue<String> read = new LinkedBlockingQueue<>();

    private static EpochOrder.Window window(int start, String... shards) {
        return new EpochOrder.Window(
                start, List.of(shards).stream().map(Path::of).toList());
    }

    private void expect(String... shards) throws InterruptedException {
        for (String shard : shards) {
            assertThat(read.poll(10, TimeUnit.SECONDS)).isEqualTo(shard);
        }
        assertThat(read.poll(50, TimeUnit.MILLISECONDS))
                .as("nothing before its time")
                .isNull();
    }

    @Test
    void aWindowIsReadWhileTheOneBeforeItIsInUse() throws InterruptedException {
        try (Readahead ahead = new Readahead(WINDOWS, 0, shard -> read.add(shard.toString()))) {
            expect("a", "b");
            ahead.reached(0);
            expect("c");
            ahead.reached(1);
            ahead.reached(99);
            expect();
            ahead.reached(100);
            expect("d", "e");
            ahead.reached(250);
            expect("f");
            ahead.reached(399);
            expect();
        }
    }

    @Test
    void aResumedEpochBeginsWithItsWindow() throws InterruptedException {
        try (Readahead ahead = new Readahead(WINDOWS, 250, shard -> read.add(shard.toString()))) {
            expect("d", "e");
            ahead.reached(251);
            expect("f");
        }
    }

    @Test
    void nothingIsReadAfterClosing() throws InterruptedException {
        Readahead ahead = new Readahead(WINDOWS, 0, shard -> read.add(shard.toString()));
        expect("a", "b");
        ahead.close();
        ahead.reached(0);
        expect();
    }

    @Test
    void filesOfTheirOwnAreNotReadAhead() throws InterruptedException {
        try (Readahead ahead = new Readahead(List.of(), 0, shard -> read.add(shard.toString()))) {
            ahead.reached(5);
            expect();
        }
    }
}
