package dev.tandem.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spark.TestSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;

class CountedJobTest {
    @Test
    void aStopThatComesBeforeTheJobDoesNotBeginIt() {
        AtomicBoolean began = new AtomicBoolean();
        try (TestSession session = TestSession.local(1)) {
            ScanProgress stopped = (set, done, total) -> {
                throw new CancellationException();
            };
            assertThatThrownBy(() -> run(session.context(), stopped, () -> began.set(true)))
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(began).isFalse();
    }

    @Test
    void aStopThatComesWhileTheJobIsPreparedEndsIt() {
        CountDownLatch isStopped = new CountDownLatch(1);
        try (TestSession session = TestSession.local(1)) {
            AtomicBoolean isFirst = new AtomicBoolean(true);
            ScanProgress stops = (set, done, total) -> {
                if (!isFirst.getAndSet(false)) {
                    isStopped.countDown();
                    throw new CancellationException();
                }
            };
            assertThatThrownBy(() -> run(session.context(), stops, () -> {
                        await(isStopped);
                        session.context().parallelize(List.of(1)).foreach(one -> Thread.sleep(600_000));
                    }))
                    .isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void theCallersJobGroupIsThereAgainAfterwards() {
        try (TestSession session = TestSession.local(1)) {
            JavaSparkContext context = session.context();
            context.setJobGroup("the caller's", "all of it", true);
            List<String> groups = new ArrayList<>();
            run(context, ScanProgress.silent(), () -> groups.add(context.getLocalProperty("spark.jobGroup.id")));
            assertThat(groups).hasSize(1).doesNotContain("the caller's").doesNotContainNull();
            assertThat(context.getLocalProperty("spark.jobGroup.id")).isEqualTo("the caller's");
            assertThat(context.getLocalProperty("spark.job.description")).isEqualTo("all of it");
            assertThat(context.getLocalProperty("spark.job.interruptOnCancel")).isEqualTo("true");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void run(JavaSparkContext context, ScanProgress progress, Runnable job) {
        LongAccumulator done = context.sc().longAccumulator("done");
        CountedJob.run(context, "job", progress, "images", done, 3, () -> {
            job.run();
            return true;
        });
    }
}
