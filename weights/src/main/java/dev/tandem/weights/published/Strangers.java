package dev.tandem.weights.published;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Files of weights that are read well and are of another net than AlexNet, so that they are refused by their names. */
final class Strangers {
    private static final String ANOTHER = "Only nets of the AlexNet family can be imported: torchvision's alexnet, or"
            + " Caffe's bvlc_alexnet and bvlc_reference_caffenet";
    private static final int MOST_NAMES = 4;

    /**
     * A kind of net.
     *
     * @param net what it is called
     * @param name what the names of its tensors match; all of the list have to be found
     * @param advice what to do
     */
    private record Stranger(String net, List<Pattern> names, String advice) {
        Stranger(String net, String... names) {
            this(net, List.of(names).stream().map(Pattern::compile).toList(), ANOTHER);
        }

        boolean isOf(TensorFile file) {
            return names.stream()
                    .allMatch(name -> file.tensors().stream()
                            .anyMatch(tensor -> name.matcher(tensor.name()).find()));
        }
    }

    private static final List<Stranger> NAMED = List.of(
            new Stranger(
                    "LPIPS's linear weights, without a net",
                    List.of(Pattern.compile("^lin0\\.model\\.1\\.weight$")),
                    "./tandem compare uses them: they need no import"),
            new Stranger(
                    "TF-slim's alexnet_v2, which has other layers than any published AlexNet",
                    "(^|/)alexnet_v2/conv1/"),
            new Stranger("a SqueezeNet", "(^|\\.)features\\.3\\.squeeze\\.weight|fire2/squeeze1x1"),
            new Stranger("a DenseNet", "denseblock1"),
            new Stranger("a ResNet", "(^|\\.)layer1\\.0\\.conv1\\.weight", "(^|\\.)layer4\\."),
            new Stranger("a ResNet", "^res2a_branch1"),
            new Stranger("a GoogLeNet or Inception", "inception_3a|inception3a|Mixed_5b"),
            new Stranger("a MobileNet", "(^|\\.)features\\.1\\.conv\\.0\\.|MobilenetV|(^|\\.)features\\.1\\.block\\.0"),
            new Stranger("an EfficientNet", "(^|\\.)features\\.1\\.0\\.block|_blocks\\.0\\._depthwise"),
            new Stranger("a vision transformer", "(^|\\.)(cls_token|class_token)$"),
            new Stranger(
                    "a VGG with batch normalization", "(^|\\.)features\\.1\\.running_mean", "features\\.3\\.weight"),
            new Stranger("a VGG", "(^|[./])conv1_1[._/]", "(^|[./])fc8"));

    private static final Pattern SINGLE = Pattern.compile("mean|array");

    private Strangers() {}

    /** The error of a file of another net that is known; empty if it may be ours. */
    static Optional<TandemException> of(TensorFile file) {
        if (file.tensors().size() == 1
                && SINGLE.matcher(file.tensors().get(0).name()).matches()) {
            return Optional.of(error(
                    file,
                    "a single array, such as a mean image",
                    "Name the file of weights, and this one with --mean"));
        }
        Optional<Stranger> found =
                NAMED.stream().filter(stranger -> stranger.isOf(file)).findFirst();
        if (found.isPresent()) {
            return found.map(stranger -> error(file, stranger.net, stranger.advice));
        }
        return isVgg(file) ? Optional.of(error(file, "a VGG", ANOTHER)) : Optional.empty();
    }

    /** VGG's tensors are called as torchvision's AlexNet's; its first kernels are 3x3. */
    private static boolean isVgg(TensorFile file) {
        Predicate<StoredTensor> first = tensor -> tensor.name().matches("(|.*\\.)features\\.(module\\.)?0\\.weight");
        return file.tensors().stream()
                .filter(first)
                .anyMatch(tensor -> tensor.shape().equals(Shape.of(64, 3, 3, 3)));
    }

    /** The error of a file of a net that nothing is known of. */
    static TandemException unknown(TensorFile file) {
        return error(file, "another net", ANOTHER + ". If it is one, save its weights under the names of one of these");
    }

    private static TandemException error(TensorFile file, String net, String advice) {
        return Misfit.of(file.file(), "it is " + net, some(file.tensors()), "an AlexNet", advice);
    }

    /** The names and shapes of the first tensors. */
    static String some(List<StoredTensor> tensors) {
        int more = tensors.size() - MOST_NAMES;
        return tensors.stream()
                .limit(MOST_NAMES)
                .map(tensor -> tensor.name() + " " + tensor.shape())
                .collect(Collectors.joining(", ", "", more > 0 ? " and " + more + " more" : ""));
    }
}
