package dev.tandem.runtime;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.TandemException;
import java.time.Duration;
import java.util.Optional;

/**
 * How a {@link Classifier} works. Start from {@link #defaults} and change by name.
 *
 * @param views the crops of an image that are classified: the centre by default
 * @param batch the most rows that the model computes at once, a row a view: 16 by default, 1 to 4096. If fewer wait, the
 *     smallest of {@link Classifier#batchSizes} is computed that holds them. More rows give more answers a second under
 *     load, and need more memory
 * @param batchWait how long a request waits for others while the model is idle: not at all by default. Requests that
 *     come while the model computes run together in any case
 * @param queue the most rows that wait: 1024 by default, at least a batch
 * @param queueWait how long a call waits for room in a full queue before it fails: a minute by default
 * @param recipe the recipe, where no {@link dev.tandem.nn.recipe.RecipeProvider} makes it or the checkpoint does not say
 *     which it is; empty is what the checkpoint says
 * @param input how images become inputs; empty is what the checkpoint says
 */
public record ClassifierOptions(
        Views views,
        int batch,
        Duration batchWait,
        int queue,
        Duration queueWait,
        Optional<Recipe> recipe,
        Optional<ImageInput> input) {
    private static final int MOST_ROWS = 4096;
    private static final Duration LONGEST = Duration.ofDays(1);

    public ClassifierOptions {
        if (batch < 1 || batch > MOST_ROWS || queue < batch) {
            throw TandemException.argument(
                    "classifier options",
                    "rows out of range",
                    "a batch of " + batch + ", a queue of " + queue,
                    "a batch of 1 to " + MOST_ROWS + ", a queue of a batch or more",
                    "");
        }
        requireWait("batch wait", batchWait);
        requireWait("queue wait", queueWait);
    }

    private static void requireWait(String name, Duration wait) {
        if (wait.isNegative() || wait.compareTo(LONGEST) > 0) {
            throw TandemException.argument("classifier options", name + " out of range", wait, "0 to " + LONGEST, "");
        }
    }

    /** The centre crop, 16 rows at once, no wait for others, up to 1024 rows that wait, each for up to a minute. */
    public static ClassifierOptions defaults() {
        return new ClassifierOptions(
                Views.CENTRE, 16, Duration.ZERO, 1024, Duration.ofMinutes(1), Optional.empty(), Optional.empty());
    }

    /** With these crops of an image. */
    public ClassifierOptions withViews(Views other) {
        return new ClassifierOptions(other, batch, batchWait, queue, queueWait, recipe, input);
    }

    /** With so many rows at once. */
    public ClassifierOptions withBatch(int rows) {
        return new ClassifierOptions(views, rows, batchWait, Math.max(queue, rows), queueWait, recipe, input);
    }

    /** With this wait of a request for others while the model is idle. */
    public ClassifierOptions withBatchWait(Duration wait) {
        return new ClassifierOptions(views, batch, wait, queue, queueWait, recipe, input);
    }

    /** With up to so many rows that wait, and this wait of a call for room among them. */
    public ClassifierOptions withQueue(int rows, Duration wait) {
        return new ClassifierOptions(views, batch, batchWait, rows, wait, recipe, input);
    }

    /** With a recipe that the program has made, for as many classes as the checkpoint has. */
    public ClassifierOptions withRecipe(Recipe made) {
        return new ClassifierOptions(views, batch, batchWait, queue, queueWait, Optional.of(made), input);
    }

    /** With another way in which images become inputs. */
    public ClassifierOptions withInput(ImageInput other) {
        return new ClassifierOptions(views, batch, batchWait, queue, queueWait, recipe, Optional.of(other));
    }
}
