package dev.tandem.spark.inference;

import dev.tandem.runtime.Tandem;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The models that this executor has opened, which its tasks share. They stay from job to job; one that no task uses is
 * closed when another is opened, so that memory is for one unless several are used at a time.
 */
final class KeptModels {
    private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+).*");
    private static final Map<Key, Kept> OPENED = new HashMap<>();

    private record Key(String model, Class<?> type, int rows, List<String> gpus) {}

    private static final class Kept {
        private final Tandem tandem;
        private final AutoCloseable model;
        private int users;

        Kept(Tandem tandem, AutoCloseable model) {
            this.tandem = tandem;
            this.model = model;
        }

        void close() {
            try (tandem) {
                model.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private KeptModels() {}

    /** Opens a model from files. */
    interface Opening<M extends AutoCloseable> {
        M open(Tandem tandem, Path files);
    }

    /**
     * A model for the task that calls this, until the task ends.
     *
     * @param type what is made of it
     * @param rows what it is placed for
     */
    static synchronized <M extends AutoCloseable> M take(SentModel model, Class<M> type, int rows, Opening<M> opening) {
        List<String> gpus = gpus(TaskContext.get());
        Key key = new Key(model.id(), type, rows, gpus);
        Kept kept = OPENED.get(key);
        if (kept == null) {
            closeUnused();
            kept = open(model, gpus, opening);
            OPENED.put(key, kept);
        }
        kept.users++;
        Kept taken = kept;
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> giveBack(taken));
        return type.cast(kept.model);
    }

    private static synchronized void giveBack(Kept taken) {
        taken.users--;
    }

    private static void closeUnused() {
        for (Iterator<Kept> all = OPENED.values().iterator(); all.hasNext(); ) {
            Kept kept = all.next();
            if (kept.users == 0) {
                all.remove();
                kept.close();
            }
        }
    }

    /** The files are there only while the model is opened. */
    private static Kept open(SentModel model, List<String> gpus, Opening<?> opening) {
        Path folder = newFolder();
        try {
            model.writeTo(folder);
            Tandem tandem = Tandem.configure(model.configuration(folder, cores(), gpus));
            try {
                return new Kept(tandem, opening.open(tandem, folder));
            } catch (RuntimeException | Error e) {
                tandem.close();
                throw e;
            }
        } finally {
            delete(folder);
        }
    }

    private static Path newFolder() {
        Path parent = localFolder();
        try {
            Files.createDirectories(parent);
            return Files.createTempDirectory(parent, "tandem-model-");
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "model of an executor",
                    "no folder can be made for it in " + parent + ": " + e,
                    "Make room there, or set spark.local.dir to a disk that has some",
                    e);
        }
    }

    /** Where Spark keeps what executors need for a while. It is removed with the application, whatever ends that. */
    private static Path localFolder() {
        return Stream.of("SPARK_EXECUTOR_DIRS", "LOCAL_DIRS", "SPARK_LOCAL_DIRS")
                .map(System::getenv)
                .filter(folders -> folders != null && !folders.isEmpty())
                .findFirst()
                .or(() -> Optional.ofNullable(SparkEnv.get().conf().get("spark.local.dir", null)))
                .map(folders -> Path.of(folders.split("[," + File.pathSeparator + "]")[0]))
                .orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** The cores that this executor has of its machine. */
    private static int cores() {
        int machine = Runtime.getRuntime().availableProcessors();
        SparkConf conf = SparkEnv.get().conf();
        Matcher local = LOCAL.matcher(conf.get("spark.master", ""));
        String cores = local.matches() ? local.group(1) : conf.get("spark.executor.cores", "");
        return cores.matches("[1-9]\\d{0,4}") ? Math.min(machine, Integer.parseInt(cores)) : machine;
    }

    private static List<String> gpus(TaskContext task) {
        ResourceInformation found = task.resourcesJMap().get("gpu");
        return found == null
                ? List.of()
                : Stream.of(found.addresses()).map(address -> "cuda:" + address).toList();
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        } catch (IOException e) {
            // The application's end removes it.
            return;
        }
    }
}
