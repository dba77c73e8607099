package dev.tandem.spark.train;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.run.Photographs;
import dev.tandem.run.PlannedRun;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** A model in the memory of executors, which divide each batch among them. It is for the recipe of one run. */
public final class ClusterPlacement implements Placement {
    private final JavaSparkContext context;
    private final Recipe recipe;
    private final RunSpec spec;
    private final int localSteps;
    private final int validationSize;
    private @Nullable ClusterModel model;

    /**
     * The placement of a run.
     *
     * @param plan the run
     * @param workers into how many parts each batch is divided
     * @param localSteps updates that a worker computes by itself before what all have is summed up
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for more workers than images of a batch
     */
    public ClusterPlacement(JavaSparkContext context, PlannedRun plan, int workers, int localSteps) {
        this.context = context;
        this.recipe = plan.recipe();
        this.localSteps = localSteps;
        if (workers > recipe.batch()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "tandem.cluster.workers",
                    "more workers than images of a batch",
                    workers,
                    "1 to " + recipe.batch(),
                    "Set larger batches with tandem.train.batch, or fewer workers");
        }
        ImageFolder images = plan.images();
        this.validationSize = images.validationSize();
        this.spec = new RunSpec(
                UUID.randomUUID().toString(),
                plan.config().render(),
                bytes(images),
                fingerprint(plan),
                recipe.classes(),
                recipe.batch(),
                workers,
                HadoopSettings.of(context.sc()));
    }

    /**
     * As executors find it: they are given the statistics and do not look at every image, as the driver does if images
     * were packed in another size than the recipe's.
     */
    private static String fingerprint(PlannedRun plan) {
        try (ImageFolder images = new Photographs(plan.config())
                .open(
                        plan.recipe().preprocessing(),
                        Optional.of(plan.images().statistics()),
                        true,
                        ScanProgress.silent())) {
            return images.fingerprint();
        }
    }

    private static byte[] bytes(ImageFolder images) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            images.statistics().write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    @Override
    public PlacedModel place(Network network, List<Shape> inputs) {
        throw TandemException.argument(
                "placement on Spark",
                "it is for training",
                "a network for inference",
                "a recipe's network with its training",
                "Classify with SparkTandem.classifier");
    }

    @Override
    public PlacedModel place(Network network, List<Shape> inputs, Training training) {
        if (!network.equals(recipe.network()) || !training.equals(recipe.training())) {
            throw TandemException.argument(
                    "placement on Spark", "another network or training than the run's", network, recipe.name(), "");
        }
        model = new ClusterModel(context, recipe, spec, localSteps, validationSize);
        return model;
    }

    /** What the exchange of a round took in the last epoch; empty before its end. */
    Optional<RoundExchange> lastExchange() {
        return Optional.ofNullable(model).map(ClusterModel::lastExchange);
    }

    @Override
    public Dataset feed(Dataset data) {
        if (!(data instanceof ImageFolder images) || model == null) {
            throw TandemException.argument(
                    "placement on Spark", "no folder of images, or no model yet", data, "the run's images", "");
        }
        return new ClusterDataset(images, model.times()::dataWaitNanos);
    }
}
