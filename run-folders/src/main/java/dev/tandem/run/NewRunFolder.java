package dev.tandem.run;

import dev.tandem.nn.data.FolderLock;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Makes the folders of new runs. */
public final class NewRunFolder {
    private NewRunFolder() {}

    /**
     * A folder for a new run, which may be there already but holds no run.
     *
     * @throws TandemException when it holds a run, or cannot be written
     */
    public static RunFolder create(Path path) {
        requireFree(path);
        RunFolder run = new RunFolder(path);
        try {
            Files.createDirectories(run.path());
            return run;
        } catch (IOException e) {
            throw notMade(path, e);
        }
    }

    /**
     * A folder of its own for a new run: {@code name} in {@code parent}, or {@code name-2} and so on if that is taken,
     * also by a run that begins in this moment.
     *
     * @throws TandemException when it cannot be made
     */
    public static RunFolder create(Path parent, String name) {
        try {
            Files.createDirectories(parent);
            for (int number = 1; ; number++) {
                Path path = parent.resolve(number == 1 ? name : name + "-" + number);
                try {
                    return new RunFolder(Files.createDirectory(path));
                } catch (FileAlreadyExistsException taken) {
                    continue;
                }
            }
        } catch (IOException e) {
            throw notMade(parent.resolve(name), e);
        }
    }

    /**
     * Makes {@code folder}, which was created, that of {@code plan} alone. Nothing is left of it if it cannot be
     * written.
     *
     * @return keeps other processes out until it is closed
     */
    public static FolderLock occupy(RunFolder folder, PlannedRun plan) {
        FolderLock lock = folder.lock();
        try {
            // Another process may have begun a run here since the first look.
            requireFree(folder.path());
            try {
                plan.describe(folder);
                return lock;
            } catch (RuntimeException | Error e) {
                folder.withdraw();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private static TandemException notMade(Path path, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "run folder " + path,
                "it cannot be made: " + e,
                "Choose a place that may be written with --run",
                e);
    }

    /**
     * Checks, without a trace, that a new run can have the folder.
     *
     * @throws TandemException when it holds a run, or cannot be written
     */
    public static void requireFree(Path path) {
        RunFolder run = new RunFolder(path);
        if (Files.exists(run.config()) || Files.exists(run.checkpoints())) {
            throw TandemException.of(
                    ErrorCode.INVALID_ARGUMENT,
                    "run folder " + path,
                    "it holds a run",
                    "a folder with " + (Files.exists(run.config()) ? "config.conf" : "checkpoints"),
                    "a new or empty one",
                    Files.exists(run.config())
                            ? "Continue that run with --resume, or choose another folder with --run"
                            : "What is there was never finished: remove it, or choose another folder with --run");
        }
        Path there = run.path();
        while (there.getParent() != null && !Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "run folder " + path,
                    "it cannot be made",
                    there + (Files.isDirectory(there) ? ", which may not be written" : ", which is no folder"),
                    "a folder that may be written",
                    "Choose another place with --run");
        }
    }
}
