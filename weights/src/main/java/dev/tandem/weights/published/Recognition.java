package dev.tandem.weights.published;

import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.nn.checkpoint.DescriptionFormat;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.spi.Shape;
import dev.tandem.weights.caffe.CaffeFile;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.published.NamedTensors.Arrangements;
import dev.tandem.weights.published.NamedTensors.Conversion;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which net a file holds: by what it says of itself, if Tandem wrote it, otherwise by the names and shapes of its
 * tensors.
 *
 * @param net the net, in words
 * @param description the recipe and the inputs of the net
 * @param classNames the classes, by label
 * @param sources where each parameter comes from
 * @param others tensors beside the net's, which are left out
 * @param mean where the mean of images comes from, in words
 * @param isExport whether Tandem wrote the file
 * @param warnings what was assumed that the file does not say, in words
 */
record Recognition(
        String net,
        ModelDescription description,
        List<String> classNames,
        List<ParameterSource> sources,
        List<StoredTensor> others,
        String mean,
        boolean isExport,
        List<String> warnings) {
    /** The classes of ImageNet's challenge. */
    private static final int IMAGENET = 1000;

    /** What an export has beside a net's weights. */
    private static final Set<String> BESIDE = Set.of(SideInformation.KEY, DescriptionFormat.MEAN_IMAGE);

    private static final String LAST = "fc8";

    /** The most that is taken for an export's text, unless the file is larger. */
    private static final long LONGEST_TEXT = 1 << 20;

    /** Where the names of MatConvNet's classes are in the metadata. */
    private static final String CLASS_NAMES = "classes.name";

    static Recognition of(TensorFile file, ImportOptions options) {
        Optional<String> json = json(file);
        if (json.isEmpty()) {
            return ofNames(file, options);
        }
        SideInformation side = SideInformation.read(file.file(), json.get(), shape -> meanImage(file, shape));
        return ofExport(file, side, options);
    }

    /** What the file says of its model: in its metadata, or as a tensor of bytes. */
    private static Optional<String> json(TensorFile file) {
        return Optional.ofNullable(file.metadata().get(SideInformation.KEY))
                .or(() -> file.tensors().stream()
                        .filter(tensor -> tensor.name().equals(SideInformation.KEY))
                        .findFirst()
                        .map(tensor -> text(file.file(), tensor)));
    }

    private static String text(Path file, StoredTensor bytes) {
        long longest = Math.max(LONGEST_TEXT, SideInformation.sizeOf(file));
        if (bytes.shape().elements() > longest) {
            throw Misfit.of(
                    file,
                    bytes.name() + " is longer than the file",
                    bytes.shape().elements() + " bytes",
                    longest + " at most",
                    "Export the model again");
        }
        float[] values = bytes.read();
        byte[] text = new byte[values.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) values[i];
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private static float[] meanImage(TensorFile file, Shape shape) {
        return file.tensors().stream()
                .filter(tensor -> tensor.name().equals(DescriptionFormat.MEAN_IMAGE))
                .filter(tensor -> tensor.shape().equals(shape))
                .findFirst()
                .map(StoredTensor::read)
                .orElse(null);
    }

    private static Recognition ofExport(TensorFile file, SideInformation side, ImportOptions options) {
        List<String> classNames = options.classNames().orElse(side.classNames());
        requireClasses(file, classNames, side.classNames().size());
        RecipeChoice choice = options.recipe()
                .filter(name -> !name.equals(side.description().recipe()))
                .map(name -> other(name, side.description()))
                .orElseGet(() -> side.description().choice());
        Recipe recipe = choice.recipe(side.classNames().size());
        NamedTensors named = ownNames(file, recipe)
                .or(() -> byNames(file).map(NamedTensors::asTheyAre))
                .orElseThrow(() -> missing(file, recipe));
        ModelDescription description =
                ModelDescription.of(choice, side.description().input());
        description.input().map(input -> input.preprocessing().cropSize()).ifPresent(crop -> {
            if (crop != recipe.preprocessing().cropSize()) {
                throw Misfit.of(
                        file.file(),
                        "its images are of another size than those of recipe " + recipe.name(),
                        crop + " pixels a side",
                        recipe.preprocessing().cropSize(),
                        "Leave out --recipe");
            }
        });
        String mean = "";
        if (options.mean().isPresent()) {
            PublishedInput other = PublishedInput.of(file, recipe, options.mean());
            mean = other.mean();
            description = new ModelDescription(
                    description.recipe(), description.settings(), description.ablations(), Optional.of(other.input()));
        }
        return new Recognition(
                "recipe " + recipe.name() + ", exported by Tandem",
                description,
                classNames,
                new NetMapping(file.file(), named, recipe).sources(),
                named.others(),
                mean,
                true,
                List.of());
    }

    /** Another recipe, of the sizes that an export says, as far as it has them. */
    private static RecipeChoice other(String name, ModelDescription description) {
        Map<String, Integer> settings = new HashMap<>(description.settings());
        settings.keySet()
                .retainAll(RecipeChoice.of(name, Map.of(), List.of())
                        .settings()
                        .values()
                        .keySet());
        return RecipeChoice.of(name, settings, description.ablations());
    }

    private static Recognition ofNames(TensorFile file, ImportOptions options) {
        Strangers.of(file).ifPresent(stranger -> {
            throw stranger;
        });
        NamedTensors named = byNames(file)
                .or(() -> options.recipe()
                        .flatMap(name -> ownNames(
                                file, RecipeChoice.of(name, Map.of(), List.of()).recipe(2))))
                .orElseThrow(() -> Strangers.unknown(file));
        RecipeChoice choice = RecipeChoice.of(options.recipe().orElse(named.recipe()), Map.of(), List.of());
        boolean isHeuritech = named.conversion() == Heuritech.CONVERSION;
        if (isHeuritech && !choice.provider().name().equals(named.recipe())) {
            throw Misfit.of(
                    file.file(),
                    named.net() + " is a net of another recipe, for whose normalization its weights are changed",
                    "--recipe " + choice.provider().name(),
                    named.recipe(),
                    "Leave out --recipe");
        }
        GraphCheck.check(file, choice.provider().name(), named.others());
        int classes = classes(file, named, choice);
        List<String> classNames = options.classNames().orElseGet(() -> usualNames(file, classes));
        requireClasses(file, classNames, classes);
        Recipe recipe = choice.recipe(classes);
        List<ParameterSource> sources = new NetMapping(file.file(), named, recipe).sources();
        PublishedInput input = isHeuritech
                ? PublishedInput.of(file, recipe, Heuritech.MEANS, options.mean())
                : PublishedInput.of(file, recipe, options.mean());
        return new Recognition(
                named.net(),
                ModelDescription.of(choice, Optional.of(input.input())),
                classNames,
                sources,
                named.others(),
                input.mean(),
                false,
                assumed(file, named));
    }

    /** Caffe's own files and graphs made of them always take blue first; what others made of them may not. */
    private static List<String> assumed(TensorFile file, NamedTensors named) {
        boolean isSure = file.format().equals(CaffeFile.FORMAT) || file instanceof OnnxFile;
        return named.conversion().blueFirst() && !isSure
                ? List.of("channel order blue, green, red is assumed, as Caffe's")
                : List.of();
    }

    /** By the names of nets that were published. */
    private static Optional<NamedTensors> byNames(TensorFile file) {
        return TorchvisionNames.of(file).or(() -> CaffeNames.of(file)).or(() -> GraphOrder.of(file));
    }

    /** If the file has the names of all parameters of {@code recipe}. */
    private static Optional<NamedTensors> ownNames(TensorFile file, Recipe recipe) {
        Set<String> names = recipe.network().parameters(recipe.input(1)).stream()
                .map(ParameterSpec::name)
                .collect(Collectors.toSet());
        boolean isCaffe = file.format().equals(CaffeFile.FORMAT);
        Map<String, List<StoredTensor>> parameters = new LinkedHashMap<>();
        List<StoredTensor> others = new ArrayList<>();
        for (StoredTensor tensor : file.tensors()) {
            String name = isCaffe ? blob(tensor.name()) : tensor.name();
            if (names.contains(name)) {
                parameters.put(name, List.of(tensor));
            } else if (!BESIDE.contains(tensor.name())) {
                others.add(tensor);
            }
        }
        return parameters.keySet().containsAll(names)
                ? Optional.of(new NamedTensors(
                        "recipe " + recipe.name(),
                        recipe.name(),
                        parameters,
                        others,
                        Optional.of(Arrangements.OWN),
                        isCaffe ? Conversion.BLUE_FIRST : Conversion.NONE))
                : Optional.empty();
    }

    /** The parameter that a blob of Caffe's is: conv1.0 is conv1.weight. */
    private static String blob(String name) {
        return name.replaceFirst("\\.0$", ".weight").replaceFirst("\\.1$", ".bias");
    }

    private static RuntimeException missing(TensorFile file, Recipe recipe) {
        return Misfit.of(
                file.file(),
                "it is not the net that it says",
                file.tensors().size() + " tensors under other names",
                "those of recipe " + recipe.name(),
                "Export the model again");
    }

    /** As many as the last layer has outputs. */
    private static int classes(TensorFile file, NamedTensors named, RecipeChoice choice) {
        Recipe some = choice.recipe(2);
        List<ParameterSpec> specs = some.network().parameters(some.input(1));
        String last = specs.get(specs.size() - 1).name();
        List<StoredTensor> tensors = named.parameters().get(last);
        if (tensors == null) {
            throw Misfit.of(
                    file.file(),
                    "the last layer is missing: " + last,
                    named.parameters().size() + " tensors of " + named.net()
                            + (named.others().isEmpty() ? "" : " beside " + Strangers.some(named.others())),
                    specs.size() + " of recipe " + choice.provider().name(),
                    named.parameters().keySet().stream().anyMatch(name -> name.startsWith(LAST))
                            ? "Save the whole net, with weights and biases of every layer"
                            : "A net without its classifier cannot name classes: save the whole net");
        }
        Shape shape = tensors.get(0).shape();
        return ParameterName.parse(last).isBias() ? shape.arrayLength() : shape.dim(0);
    }

    /** Those that the file has, as MatConvNet's do, or ImageNet's. */
    private static List<String> usualNames(TensorFile file, int classes) {
        List<String> own = ClassList.ofJson(file.metadata().getOrDefault(CLASS_NAMES, ""));
        if (own.size() == classes) {
            return own;
        }
        if (classes == IMAGENET) {
            return ImageNetClasses.wnids();
        }
        throw Misfit.of(
                file.file(),
                "a net of other classes than ImageNet's 1000, and the file does not name them",
                classes + " classes",
                "their names",
                "Add --classes FILE with " + classes + " lines, a name each, in the order of the net's outputs");
    }

    private static void requireClasses(TensorFile file, List<String> names, int classes) {
        if (names.size() != classes) {
            throw Misfit.of(
                    file.file(),
                    "another number of names than the net has classes",
                    names.size() + " names",
                    classes,
                    "Pass a list of " + classes + " names, in the order of the net's outputs");
        }
    }
}
