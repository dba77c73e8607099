package dev.tandem.web.view;

import dev.tandem.nn.data.Views;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedClassifier;
import dev.tandem.run.TrainedModel;
import dev.tandem.run.watch.WatchedRun;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.TandemException;
import dev.tandem.web.service.ClassifyRoutes;
import dev.tandem.web.service.ServedNet;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What the pages' own server computes: its backend is opened at the first use, and one model is kept open. */
final class Machine implements AutoCloseable {
    private static final long LONGEST_WAIT_SECONDS = 10;
    private static final int MOST_WAITING = 128;

    private final TandemConfig config;
    private final ReentrantLock lock = new ReentrantLock(true);
    private @Nullable Tandem tandem;
    private @Nullable Key openedKey;
    private @Nullable Classifier opened;

    /** A checkpoint as it was when it was opened. */
    private record Key(Path file, FileTime modified) {}

    Machine(TandemConfig config) {
        this.config = config;
    }

    /** A device; {@code availableBytes} is null if it is not known. */
    record DeviceAnswer(
            String name, String description, @Nullable Long availableBytes, long reservedBytes) {
        static DeviceAnswer of(Device device) {
            MemoryUse memory = device.memoryUse();
            Long available = memory.available() == Long.MAX_VALUE ? null : (Long) memory.available();
            return new DeviceAnswer(device.id().toString(), device.description(), available, memory.reserved());
        }
    }

    record DevicesAnswer(String backend, List<DeviceAnswer> devices) {}

    /** What the work on a machine gives. */
    private interface Work<T> {
        @Nullable
        T done();
    }

    private <T> @Nullable T alone(Work<T> work) {
        try {
            if (!lock.tryLock(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw TandemException.of(
                        ErrorCode.BUSY, "view", "others are served", "a full queue", "a free model", "Try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.of(ErrorCode.BUSY, "view", "it ends", "an interrupt", "time to answer", "");
        }
        try {
            return work.done();
        } finally {
            lock.unlock();
        }
    }

    private Tandem tandem() {
        if (tandem == null) {
            tandem = Tandem.configure(config);
        }
        return tandem;
    }

    /** The devices of the configured backend. */
    DevicesAnswer devices() {
        return alone(() -> {
            List<Device> devices = tandem().devices();
            return new DevicesAnswer(
                    devices.get(0).id().backend(),
                    devices.stream().map(DeviceAnswer::of).toList());
        });
    }

    /** Answers a request that brings photographs with their classes by the best model of a run. */
    void classify(WatchedRun run, Context request) {
        // The model takes the photographs while this has the lock, and it waits for answers under way before it closes.
        alone(() -> {
            ClassifyRoutes.classify(request, new ServedNet("run", model(run.folder()), Views.CENTRE));
            return null;
        });
    }

    private Classifier model(RunFolder folder) {
        folder.requireOwnCheckpoints();
        Path file = TrainedModel.file(folder, null);
        Key key = new Key(file, modified(file));
        if (opened == null || !key.equals(openedKey)) {
            closeModel();
            opened = open(folder);
            openedKey = key;
        }
        return opened;
    }

    private static FileTime modified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "classify",
                    "the run has no model yet",
                    "no " + file.getFileName(),
                    "a checkpoint of an epoch",
                    "Wait for the end of the first epoch");
        }
    }

    private Classifier open(RunFolder folder) {
        TandemConfig ofRun = folder.configuration();
        ClassifierOptions options = ClassifierOptions.defaults().withQueue(MOST_WAITING, Duration.ZERO);
        return TrainedClassifier.open(
                        folder,
                        null,
                        new ConfiguredRecipe(ofRun),
                        new Photographs(ofRun).imageOptions(),
                        tandem().placement(),
                        options)
                .classifier();
    }

    private void closeModel() {
        if (opened != null) {
            opened.close();
            opened = null;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closeModel();
            if (tandem != null) {
                tandem.close();
                tandem = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
