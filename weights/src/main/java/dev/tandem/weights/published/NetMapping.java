package dev.tandem.weights.published;

import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.published.Arrangement.Kernel;
import dev.tandem.weights.published.NamedTensors.Arrangements;
import dev.tandem.weights.published.NamedTensors.Conversion;
import dev.tandem.weights.published.ParameterSource.Piece;
import dev.tandem.weights.tensor.Layout;
import dev.tandem.weights.tensor.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds, for each parameter of a recipe's network, where it comes from in a file. */
final class NetMapping {
    private static final int COLOURS = 3;

    private final Path file;
    private final NamedTensors named;
    private final Recipe recipe;
    private final Map<String, Shape> inputs = new HashMap<>();
    private final Set<String> atInput = new HashSet<>();

    NetMapping(Path file, NamedTensors named, Recipe recipe) {
        this.file = file;
        this.named = named;
        this.recipe = recipe;
        Map<String, Shape> outputs = new HashMap<>();
        for (ModelSummary.Row row :
                ModelSummary.of(recipe.network(), recipe.samples()).rows()) {
            outputs.put(row.name(), row.output());
            Shape input = outputs.get(row.inputs().get(0));
            if (input != null) {
                inputs.put(row.name(), input);
            } else {
                atInput.add(row.name());
            }
        }
    }

    /**
     * The parameters of the network in its order.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if one is missing or of another
     *     shape, or the file has one that the network does not
     */
    List<ParameterSource> sources() {
        List<ParameterSpec> specs = recipe.network().parameters(recipe.input(1));
        requireNames(specs);
        Arrangements arrangements = named.arrangements().orElseGet(() -> byShapes(specs));
        List<ParameterSource> sources = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            boolean isKernel = ParameterName.parse(spec.name()).isWeight()
                    && (spec.shape().rank() == 2 || spec.shape().rank() == 4);
            sources.add(isKernel ? kernel(spec, arrangements) : plain(spec));
        }
        return sources;
    }

    private void requireNames(List<ParameterSpec> specs) {
        List<String> names = specs.stream().map(ParameterSpec::name).toList();
        List<String> missing = names.stream()
                .filter(name -> !named.parameters().containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            throw Misfit.of(
                    file,
                    "tensors are missing: " + String.join(", ", missing),
                    named.parameters().size() + " of " + named.net(),
                    names.size() + " of recipe " + recipe.name(),
                    "Save the whole net, with weights and biases of every layer");
        }
        List<StoredTensor> unknown = named.parameters().entrySet().stream()
                .filter(entry -> !names.contains(entry.getKey()))
                .flatMap(entry -> entry.getValue().stream())
                .toList();
        if (!unknown.isEmpty()) {
            throw Misfit.of(
                    file,
                    "tensors that recipe " + recipe.name() + " does not have",
                    unknown.stream()
                            .map(tensor -> tensor.name() + " " + tensor.shape())
                            .collect(Collectors.joining(", ")),
                    names,
                    "Name the recipe that the net was made by with --recipe");
        }
    }

    /** By the first convolution, whose axes differ. */
    private Arrangements byShapes(List<ParameterSpec> specs) {
        for (ParameterSpec spec : specs) {
            if (spec.shape().rank() == 4) {
                Shape stored = named.parameters().get(spec.name()).get(0).shape();
                Kernel kernel = kernel(spec);
                boolean tensorflow = !Arrangement.OUT_IN_HEIGHT_WIDTH.fits(stored, kernel)
                        && Arrangement.HEIGHT_WIDTH_IN_OUT.fits(stored, kernel);
                return tensorflow ? Arrangements.TENSORFLOW : Arrangements.OWN;
            }
        }
        return Arrangements.OWN;
    }

    private Kernel kernel(ParameterSpec spec) {
        int[] dims = spec.shape().dims();
        if (dims.length == 4) {
            return new Kernel(dims, false);
        }
        Shape input = inputs.get(ParameterName.parse(spec.name()).layer());
        boolean isMap = input != null && input.rank() == 3 && input.elements() == dims[1];
        return new Kernel(
                isMap
                        ? new int[] {dims[0], input.dim(0), input.dim(1), input.dim(2)}
                        : new int[] {dims[0], dims[1], 1, 1},
                true);
    }

    private ParameterSource kernel(ParameterSpec spec, Arrangements arrangements) {
        List<StoredTensor> tensors = named.parameters().get(spec.name());
        Conversion conversion = named.conversion();
        Kernel whole = kernel(spec);
        Kernel part = whole.part(tensors.size());
        Arrangement arrangement = whole.isMatrix() ? arrangements.matrices() : arrangements.kernels();
        boolean reverses = conversion.blueFirst()
                && !whole.isMatrix()
                && whole.axes()[1] == COLOURS
                && atInput.contains(ParameterName.parse(spec.name()).layer());
        boolean turns = conversion.turned() && !whole.isMatrix();
        List<Piece> pieces = new ArrayList<>();
        for (StoredTensor tensor : tensors) {
            if (!arrangement.fits(tensor.shape(), part)) {
                throw misfit(spec, tensor, arrangement, part);
            }
            Layout layout = arrangement.layout(part, pieces.size() * part.elements(), reverses, turns);
            pieces.add(new Piece(tensor, layout));
        }
        String note = joined(
                arrangement.note(whole),
                reverses ? "input channels reversed: it expects blue, green, red" : "",
                turns ? "kernels turned by 180 degrees" : "",
                tensors.size() > 1 ? tensors.size() + " groups put together" : "");
        return scaled(spec, pieces, note);
    }

    private ParameterSource plain(ParameterSpec spec) {
        List<StoredTensor> tensors = named.parameters().get(spec.name());
        int[] dims = spec.shape().dims();
        int[] part = dims.clone();
        part[0] /= tensors.size();
        List<Piece> pieces = new ArrayList<>();
        for (StoredTensor tensor : tensors) {
            boolean same = Arrays.equals(tensor.shape().dims(), part)
                    // Caffe's older files and MATLAB's have biases of several dimensions.
                    || part.length == 1
                            && tensor.shape().elements() == part[0]
                            && Arrays.stream(tensor.shape().dims()).max().getAsInt() == part[0];
            if (!same) {
                throw shapes(spec, tensor, Shape.of(part), "another shape");
            }
            int[] strides = new int[part.length];
            int stride = 1;
            for (int axis = part.length - 1; axis >= 0; axis--) {
                strides[axis] = stride;
                stride *= part[axis];
            }
            pieces.add(new Piece(tensor, new Layout(pieces.size() * stride, part, strides)));
        }
        return scaled(spec, pieces, tensors.size() > 1 ? tensors.size() + " groups put together" : "");
    }

    private ParameterSource scaled(ParameterSpec spec, List<Piece> pieces, String note) {
        float factor = named.conversion().factors().getOrDefault(spec.name(), 1f);
        String factorNote = factor == 1 ? "" : "times " + factor + ", for another normalization";
        return new ParameterSource(spec.name(), spec.shape(), pieces, factor, joined(note, factorNote));
    }

    private static String joined(String... notes) {
        return Stream.of(notes).filter(note -> !note.isEmpty()).collect(Collectors.joining("; "));
    }

    private TandemException misfit(ParameterSpec spec, StoredTensor tensor, Arrangement arrangement, Kernel kernel) {
        Shape expected = arrangement.shape(kernel);
        if (!kernel.isMatrix()) {
            int[] axes = kernel.axes();
            axes[1] *= 2;
            if (arrangement.fits(tensor.shape(), new Kernel(axes, false))) {
                return Misfit.of(
                        file,
                        spec.name() + " is of one column where recipe " + recipe.name() + " has two",
                        tensor.name() + " " + tensor.shape(),
                        expected + " " + arrangement.words(kernel),
                        "It is a net without groups, which no recipe makes: its weights are twice as many in this"
                                + " layer");
            }
        }
        for (Arrangement other : Arrangement.values()) {
            if (other.fits(tensor.shape(), kernel)) {
                return shapes(
                        spec,
                        tensor,
                        expected,
                        "the axes have another order than in the other layers, " + other.words(kernel));
            }
        }
        return shapes(spec, tensor, expected, "another shape");
    }

    private TandemException shapes(ParameterSpec spec, StoredTensor tensor, Shape expected, String wrong) {
        return Misfit.of(
                file,
                spec.name() + ", from " + EscapedText.visible(tensor.name()) + ": " + wrong,
                tensor.shape(),
                expected + ", as in recipe " + recipe.name(),
                "The file is of another net, or was made with other sizes");
    }
}
