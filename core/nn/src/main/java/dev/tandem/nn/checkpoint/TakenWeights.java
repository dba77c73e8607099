package dev.tandem.nn.checkpoint;

import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a recipe's network takes over of a trained model to be trained on from: layers, by their names and shapes. It is
 * decided layer by layer before any number is read.
 *
 * <p>The last layer with parameters has a row for each class. Of other classes, or classes in another order, it takes the
 * rows of classes with the same names; if there are none, it is new.
 */
public final class TakenWeights {
    /** How much of a layer is taken. */
    public enum Extent {
        /** All of its parameters. */
        ALL,
        /** Some rows of all of its parameters. */
        ROWS,
        /** Nothing: it begins as the recipe has it. */
        NOTHING
    }

    /**
     * One layer with parameters.
     *
     * @param name its name
     * @param parameters its parameters
     * @param extent how much of it is taken
     * @param rows where rows are taken: for each of its rows the row of the trained model, or -1 for a new one; otherwise
     *     empty
     */
    public record Layer(String name, List<ParameterSpec> parameters, Extent extent, List<Integer> rows) {
        public Layer {
            parameters = List.copyOf(parameters);
            rows = List.copyOf(rows);
        }

        /** Whether some of it begins at random. */
        public boolean isNewInPart() {
            return extent == Extent.NOTHING || rows.contains(-1);
        }
    }

    private final PretrainedModel source;
    private final Recipe recipe;
    private final List<String> classNames;
    private final Map<String, Shape> theirs;
    private final List<Layer> layers = new ArrayList<>();

    private TakenWeights(PretrainedModel source, Recipe recipe, List<String> classNames) {
        this.source = source;
        this.recipe = recipe;
        this.classNames = classNames;
        this.theirs = source.parameters();
        Map<String, List<ParameterSpec>> ours = recipe.network().parameters(recipe.inputs(1)).stream()
                .collect(Collectors.groupingBy(
                        spec -> ParameterName.parse(spec.name()).layer(), LinkedHashMap::new, Collectors.toList()));
        String last = recipe.network().lastWithParameters(recipe.inputs(1));
        ours.forEach((name, specs) -> layers.add(name.equals(last) ? last(name, specs) : layer(name, specs)));
        if (layers.stream().allMatch(layer -> layer.extent() == Extent.NOTHING)) {
            throw refused(
                    "no layer of the network is in it",
                    names(theirs.keySet()),
                    "one of " + ours.keySet(),
                    "Take the recipe that the weights are of");
        }
    }

    /**
     * What the network of {@code recipe}, for {@code classNames}, takes of {@code source}, which stays open as long as
     * this is used.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if a layer other than the last has other shapes
     *     there, or no layer is there
     */
    public static TakenWeights of(PretrainedModel source, Recipe recipe, List<String> classNames) {
        return new TakenWeights(source, recipe, classNames);
    }

    private static Set<String> names(Set<String> parameters) {
        return parameters.stream()
                .map(name -> ParameterName.parse(name).layer())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private Layer layer(String name, List<ParameterSpec> specs) {
        if (specs.stream().noneMatch(spec -> theirs.containsKey(spec.name()))) {
            return new Layer(name, specs, Extent.NOTHING, List.of());
        }
        for (ParameterSpec spec : specs) {
            if (!spec.shape().equals(theirs.get(spec.name()))) {
                throw refused(
                        spec.name() + " has another shape there",
                        theirs.containsKey(spec.name()) ? theirs.get(spec.name()) : "none",
                        spec.shape() + " of recipe " + recipe.name(),
                        "Leave out what chooses the recipe and its settings, so that they are those of the weights, or"
                                + " choose a recipe in which the layer has the shape that is there");
            }
        }
        return new Layer(name, specs, Extent.ALL, List.of());
    }

    private Layer last(String name, List<ParameterSpec> specs) {
        boolean sameShapes = specs.stream().allMatch(spec -> spec.shape().equals(theirs.get(spec.name())));
        boolean ofClasses = specs.stream().allMatch(this::hasRowsOfClasses);
        if (sameShapes && (!ofClasses || classNames.equals(source.classNames()))) {
            return new Layer(name, specs, Extent.ALL, List.of());
        }
        Map<String, Integer> labels = new HashMap<>();
        source.classNames().forEach(label -> labels.put(label, labels.size()));
        List<Integer> rows =
                classNames.stream().map(label -> labels.getOrDefault(label, -1)).toList();
        return ofClasses && rows.stream().anyMatch(row -> row >= 0)
                ? new Layer(name, specs, Extent.ROWS, rows)
                : new Layer(name, specs, Extent.NOTHING, List.of());
    }

    /** Whether a parameter has a row for each class here and there, and the rows have one shape. */
    private boolean hasRowsOfClasses(ParameterSpec spec) {
        Shape there = theirs.get(spec.name());
        return there != null
                && there.rank() == spec.shape().rank()
                && there.rank() > 0
                && there.withoutBatch().equals(spec.shape().withoutBatch())
                && spec.shape().dim(0) == classNames.size()
                && there.dim(0) == source.classNames().size();
    }

    private TandemException refused(String wrong, Object got, String expected, String advice) {
        return TandemException.of(
                ErrorCode.INVALID_CONFIGURATION, "take weights from " + source.file(), wrong, got, expected, advice);
    }

    /** The layers with parameters, in the network's order. */
    public List<Layer> layers() {
        return List.copyOf(layers);
    }

    /** The layers of the trained model that the network does not have. */
    public Set<String> unused() {
        Set<String> unused = names(theirs.keySet());
        layers.forEach(layer -> unused.remove(layer.name()));
        return unused;
    }

    /** The classes whose rows of the last layer are new, if some are taken; in the order of labels. */
    public List<String> newClasses() {
        List<Integer> rows = layers.get(layers.size() - 1).rows();
        List<String> fresh = new ArrayList<>();
        for (int label = 0; label < rows.size(); label++) {
            if (rows.get(label) < 0) {
                fresh.add(classNames.get(label));
            }
        }
        return fresh;
    }

    /**
     * Sets all parameters of {@code model}: to what is taken, or to their initial values for {@code seed}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if a number of the trained model is damaged or not
     *     finite
     */
    public void writeTo(PlacedModel model, long seed) {
        for (Layer layer : layers) {
            for (ParameterSpec spec : layer.parameters()) {
                float[] values =
                        switch (layer.extent()) {
                            case ALL -> source.read(spec.name());
                            case ROWS -> rows(layer.rows(), source.read(spec.name()), spec.initialValues(seed));
                            case NOTHING -> spec.initialValues(seed);
                        };
                model.write(spec.name(), values);
            }
        }
    }

    private static float[] rows(List<Integer> rows, float[] theirs, float[] values) {
        int length = values.length / rows.size();
        for (int row = 0; row < rows.size(); row++) {
            if (rows.get(row) >= 0) {
                System.arraycopy(theirs, rows.get(row) * length, values, row * length, length);
            }
        }
        return values;
    }
}
