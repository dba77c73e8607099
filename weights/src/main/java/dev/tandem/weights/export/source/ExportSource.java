package dev.tandem.weights.export.source;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.published.SideInformation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A trained model that is exported, and the recipe that it is of. */
public final class ExportSource {
    private static final int MEGABYTE = 1_000_000;

    private final PretrainedModel model;
    private final Recipe recipe;
    private final SideInformation side;
    private final ScanProgress progress;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private long read;

    /**
     * A model with its recipe.
     *
     * @param progress of the weights, in megabytes
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if the model has other parameters than the recipe
     */
    public ExportSource(PretrainedModel model, Recipe recipe, ScanProgress progress) {
        this.model = model;
        this.recipe = recipe;
        this.side = SideInformation.of(model);
        this.progress = progress;
        for (ParameterSpec spec : recipe.network().parameters(recipe.inputs(1))) {
            shapes.put(spec.name(), spec.shape());
        }
        if (!model.parameters().equals(shapes)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "export " + model.file(),
                    "other parameters than those of recipe " + recipe.name(),
                    model.parameters(),
                    shapes,
                    "Use the recipe as it was when the model was trained");
        }
    }

    /** The recipe. */
    public Recipe recipe() {
        return recipe;
    }

    /** What is written beside the weights. */
    public SideInformation side() {
        return side;
    }

    /** The parameters in the order of the network, under their published names. */
    public List<ExportedTensor> tensors() {
        return shapes.keySet().stream().map(this::tensor).toList();
    }

    /** A parameter by its name in the network, under its published name. */
    public ExportedTensor tensor(String parameter) {
        Shape shape = shapes.get(parameter);
        return new ExportedTensor(ParameterNames.published(recipe, parameter), shape, () -> read(parameter));
    }

    private float[] read(String parameter) {
        progress.checked("weights", megabytes(read), megabytes(total()));
        float[] elements = model.read(parameter);
        read += elements.length;
        return elements;
    }

    /** Tells that everything was written. */
    public void finished() {
        progress.checked("weights", megabytes(total()), megabytes(total()));
    }

    private long total() {
        return shapes.values().stream().mapToLong(Shape::elements).sum();
    }

    private static int megabytes(long elements) {
        return (int) (elements * Float.BYTES / MEGABYTE);
    }
}
