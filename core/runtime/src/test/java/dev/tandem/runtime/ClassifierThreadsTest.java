package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many threads and one classifier. The model computes a batch of predictions when the test lets it. */
@Timeout(60)
class ClassifierThreadsTest {
    private static final ClassifierOptions OPTIONS = ClassifierOptions.defaults();

    @TempDir
    Path folder;

    private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore allowed = new Semaphore(0);
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private Tandem tandem;
    private Path file;

    @BeforeEach
    void writeCheckpoint() {
        tandem = Tandem.configure("tandem.backend = reference");
        file = ServedNet.write(folder.resolve("net.safetensors"), tandem.placement(), 1, ServedNet.description());
    }

    @AfterEach
    void close() {
        callers.shutdownNow();
        tandem.close();
    }

    private Classifier open(ClassifierOptions options) {
        return Classifier.open(file, placing(this::held), options);
    }

    /** The configured placement, whose models are changed. */
    private Placement placing(UnaryOperator<PlacedModel> change) {
        return (Placement) Proxy.newProxyInstance(
                Placement.class.getClassLoader(),
                new Class<?>[] {Placement.class},
                (proxy, method, arguments) -> change.apply((PlacedModel) method.invoke(tandem.placement(), arguments)));
    }

    /** The model, whose batches are counted and wait for permits. */
    private PlacedModel held(PlacedModel model) {
        return predicting(model, batch -> {
            batches.add(used(batch));
            begun.release();
            allowed.acquireUninterruptibly();
        });
    }

    /** The rows that are not empty. */
    private static int used(HostBatch batch) {
        int rows = batch.shape().dim(0);
        while (rows > 1 && isEmpty(batch, rows - 1)) {
            rows--;
        }
        return rows;
    }

    private static boolean isEmpty(HostBatch batch, int row) {
        for (int i = row * ServedNet.ELEMENTS; i < (row + 1) * ServedNet.ELEMENTS; i++) {
            if (batch.images().array()[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** The model, which begins each batch of predictions with {@code first}. */
    private static PlacedModel predicting(PlacedModel model, Consumer<HostBatch> first) {
        return (PlacedModel) Proxy.newProxyInstance(
                PlacedModel.class.getClassLoader(), new Class<?>[] {PlacedModel.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("predictions")) {
                        first.accept((HostBatch) arguments[0]);
                    }
                    try {
                        return method.invoke(model, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Future<List<Prediction>> asked(Classifier photos, int grey) {
        return callers.submit(() -> photos.classify(new byte[] {(byte) grey}, 4));
    }

    /** Waits until so many threads wait for the classifier. */
    private static void awaitQueued(Classifier photos, int rows) throws InterruptedException {
        while (photos.waiting() < rows) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void requestsThatComeWhileTheModelComputesRunTogether() throws Exception {
        try (Classifier photos = open(OPTIONS.withBatch(4))) {
            List<Future<List<Prediction>>> answers = new ArrayList<>(List.of(asked(photos, 0)));
            begun.acquire();
            for (int grey = 1; grey <= 6; grey++) {
                answers.add(asked(photos, grey));
            }
            awaitQueued(photos, 6);
            allowed.release(100);
            for (Future<List<Prediction>> answer : answers) {
                answer.get();
            }
            assertThat(batches).containsExactly(1, 4, 2);
            for (int grey = 0; grey <= 6; grey++) {
                assertThat(answers.get(grey).get()).isEqualTo(photos.classify(new byte[] {(byte) grey}, 4));
            }
        }
    }

    @Test
    void aRequestWaitsForOthersAsLongAsItIsTold() throws Exception {
        allowed.release(100);
        try (Classifier photos = open(OPTIONS.withBatch(3).withBatchWait(Duration.ofSeconds(50)))) {
            List<Future<List<Prediction>>> answers = List.of(asked(photos, 1), asked(photos, 2), asked(photos, 3));
            for (Future<List<Prediction>> answer : answers) {
                assertThat(answer.get()).hasSize(4);
            }
            assertThat(batches).as("it does not wait for more than a batch").containsExactly(3);
        }
    }

    @Test
    void aFullQueueRefusesAfterItsWait() throws Exception {
        try (Classifier photos = open(OPTIONS.withBatch(2).withQueue(2, Duration.ofMillis(5)))) {
            List<Future<List<Prediction>>> answers = new ArrayList<>(List.of(asked(photos, 0)));
            begun.acquire();
            answers.add(asked(photos, 1));
            answers.add(asked(photos, 2));
            awaitQueued(photos, 2);
            assertThatThrownBy(() -> photos.classify(new byte[1], 1))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY))
                    .hasMessageContaining("too many requests at once, got 2 rows that wait, expected at most 2");
            allowed.release(100);
            for (Future<List<Prediction>> answer : answers) {
                assertThat(answer.get()).hasSize(4);
            }
            assertThat(photos.classify(new byte[1], 1)).hasSize(1);
        }
    }

    @Test
    void laterAnswersAreThoseOfCallsThatWait() throws Exception {
        allowed.release(1000);
        List<byte[]> images =
                IntStream.range(0, 200).mapToObj(i -> new byte[] {(byte) i}).toList();
        try (Classifier photos = open(OPTIONS.withBatch(4))) {
            List<List<Prediction>> expected = photos.classify(images, 3);
            List<CompletableFuture<List<Prediction>>> later = photos.classifyAsync(images, 3);
            float[][] features = photos.features("fc2", images);
            List<CompletableFuture<float[]>> laterFeatures = photos.featuresAsync("fc2", images);
            for (int i = 0; i < images.size(); i++) {
                assertThat(later.get(i).get()).isEqualTo(expected.get(i));
                assertThat(laterFeatures.get(i).get()).isEqualTo(features[i]);
            }
            assertThat(photos.waiting()).isZero();
            assertThat(photos.computed().rows()).isEqualTo(800);
            assertThat(photos.batchSizes()).containsExactly(1, 2, 4);
        }
    }

    @Test
    void laterAnswersAreRefusedAtOnceIfThereIsNoRoomForAll() throws Exception {
        List<byte[]> three = List.of(new byte[] {1}, new byte[] {2}, new byte[] {3});
        try (Classifier photos = open(OPTIONS.withBatch(2).withQueue(4, Duration.ofDays(1)))) {
            List<CompletableFuture<List<Prediction>>> first = photos.classifyAsync(List.of(new byte[1]), 1);
            begun.acquire();
            List<CompletableFuture<List<Prediction>>> second = photos.classifyAsync(three, 1);
            assertThatThrownBy(() -> photos.classifyAsync(three, 1))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY))
                    .hasMessageContaining("got 3 rows that wait, expected at most 4");
            assertThat(photos.waiting()).isEqualTo(3);
            allowed.release(100);
            for (CompletableFuture<List<Prediction>> answer : second) {
                assertThat(answer.get()).hasSize(1);
            }
            assertThat(first.get(0).get()).hasSize(1);
            assertThat(photos.classifyAsync(three, 1).get(2).get()).hasSize(1);
        }
    }

    @Test
    void anImageThatIsNoneFailsAloneAndLeavesNoGapInTheQueue() throws Exception {
        allowed.release(100);
        try (Classifier photos = open(OPTIONS.withBatch(2).withQueue(2, Duration.ZERO))) {
            for (int i = 0; i < 10; i++) {
                List<CompletableFuture<List<Prediction>>> answers =
                        photos.classifyAsync(List.of(new byte[] {1}, new byte[0]), 1);
                assertThat(answers.get(0).get()).hasSize(1);
                assertThatThrownBy(() -> answers.get(1).get()).hasCauseInstanceOf(TandemException.class);
                awaitEmpty(photos);
            }
        }
    }

    @Test
    void imagesWhoseAnswersAreCancelledAreNotComputedAndLeaveTheQueue() throws Exception {
        List<byte[]> images =
                IntStream.range(0, 100).mapToObj(i -> new byte[] {(byte) i}).toList();
        try (Classifier photos = open(OPTIONS.withBatch(2))) {
            List<CompletableFuture<List<Prediction>>> answers = photos.classifyAsync(images, 1);
            begun.acquire();
            answers.subList(20, 100).forEach(answer -> answer.cancel(false));
            allowed.release(100);
            for (CompletableFuture<List<Prediction>> answer : answers.subList(0, 20)) {
                assertThat(answer.get()).hasSize(1);
            }
            awaitEmpty(photos);
            assertThat(photos.computed().rows()).isEqualTo(20);
            assertThat(photos.classifyAsync(images, 1).get(99).get()).hasSize(1);
        }
    }

    private static void awaitEmpty(Classifier photos) throws InterruptedException {
        while (photos.waiting() > 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void closingWaitsForLaterAnswers() throws Exception {
        Classifier photos = open(OPTIONS);
        List<CompletableFuture<List<Prediction>>> answers = photos.classifyAsync(List.of(new byte[1]), 1);
        begun.acquire();
        Future<?> closing = callers.submit(photos::close);
        assertThatThrownBy(() -> {
                    while (true) {
                        photos.classifyAsync(List.of(), 1);
                    }
                })
                .hasMessageContaining("closed");
        assertThat(closing.isDone()).isFalse();
        allowed.release();
        closing.get();
        assertThat(answers.get(0).get()).hasSize(1);
    }

    @Test
    void closingWaitsForTheCallsUnderWay() throws Exception {
        Classifier photos = open(OPTIONS.withBatch(1));
        List<Future<List<Prediction>>> answers = new ArrayList<>(List.of(asked(photos, 0)));
        begun.acquire();
        answers.add(asked(photos, 1));
        answers.add(asked(photos, 2));
        awaitQueued(photos, 2);
        List<Future<?>> closings = List.of(callers.submit(photos::close), callers.submit(photos::close));
        assertThatThrownBy(() -> {
                    while (true) { // until the closing has begun; its calls have to wait until then
                        callers.submit(() -> photos.features("fc2", List.of())).get();
                    }
                })
                .hasMessageContaining("closed");
        assertThat(closings).noneMatch(Future::isDone);
        allowed.release(100);
        for (Future<?> closing : closings) {
            closing.get();
        }
        for (Future<List<Prediction>> answer : answers) {
            assertThat(answer.get()).hasSize(4);
        }
    }

    @Test
    void anInterruptedCallEndsAndTheOthersGoOn() throws Exception {
        try (Classifier photos = open(OPTIONS)) {
            Future<List<Prediction>> first = asked(photos, 0);
            begun.acquire();
            Future<Boolean> interrupted = callers.submit(() -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> photos.classify(new byte[1], 1))
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("interrupted");
                return Thread.interrupted();
            });
            assertThat(interrupted.get()).as("it stays interrupted").isTrue();
            allowed.release(100);
            assertThat(first.get()).hasSize(4);
        }
    }

    @Test
    void aFailureOfTheModelReachesEveryCaller() throws Exception {
        Consumer<HostBatch> failing = batch -> {
            throw new OutOfMemoryError("a test");
        };
        try (Classifier photos = Classifier.open(file, placing(model -> predicting(model, failing)), OPTIONS)) {
            Callable<Object> call = () -> photos.classify(List.of(new byte[1], new byte[1]), 1);
            for (Future<Object> answer : callers.invokeAll(List.of(call, call))) {
                assertThatThrownBy(answer::get)
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(TandemException.class)
                        .hasMessageContaining("a test");
            }
        }
    }

    @Test
    void answersOfManyThreadsAreBitEqualToThoseOfOne() throws Exception {
        allowed.release(1_000_000);
        try (Classifier photos = open(OPTIONS.withBatch(8))) {
            List<List<Prediction>> expected = new ArrayList<>();
            for (int grey = 0; grey < 256; grey++) {
                expected.add(photos.classify(new byte[] {(byte) grey}, 4));
            }
            batches.clear();
            Callable<Integer> caller = () -> {
                int wrong = 0;
                for (int i = 0; i < 300; i++) {
                    int grey = (int) ((i * 37 + Thread.currentThread().getId() * 11) & 0xFF);
                    wrong += photos.classify(new byte[] {(byte) grey}, 4).equals(expected.get(grey)) ? 0 : 1;
                }
                return wrong;
            };
            for (Future<Integer> wrong : callers.invokeAll(Collections.nCopies(16, caller))) {
                assertThat(wrong.get()).isZero();
            }
            assertThat(batches.size()).as("batches for 4800 images").isLessThan(4800);
        }
    }
}
