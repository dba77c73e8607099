package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which net a file holds, by names and shapes; and of what does not fit, what it is. */
class RecognitionTest {
    private static final int[] OWT_LAYERS = {0, 3, 6, 8, 10};

    /** torchvision's names behind {@code prefix}. */
    private static InMemoryFile owt(String prefix, String features, int classes) {
        InMemoryFile file = InMemoryFile.of("net.pth");
        int[][] convolutions = {{64, 3, 11, 11}, {192, 64, 5, 5}, {384, 192, 3, 3}, {256, 384, 3, 3}, {256, 256, 3, 3}};
        for (int i = 0; i < convolutions.length; i++) {
            file.add(prefix + features + OWT_LAYERS[i] + ".weight", convolutions[i])
                    .add(prefix + features + OWT_LAYERS[i] + ".bias", convolutions[i][0]);
        }
        return file.add(prefix + "classifier.1.weight", 4096, 9216)
                .add(prefix + "classifier.1.bias", 4096)
                .add(prefix + "classifier.4.weight", 4096, 4096)
                .add(prefix + "classifier.4.bias", 4096)
                .add(prefix + "classifier.6.weight", classes, 4096)
                .add(prefix + "classifier.6.bias", classes);
    }

    private static InMemoryFile owt() {
        return owt("", "features.", 1000);
    }

    /** Caffe's names with something for weights and for biases. */
    private static InMemoryFile caffe(String file, String weights, String biases) {
        int[][] shapes = {
            {96, 3, 11, 11},
            {256, 48, 5, 5},
            {384, 256, 3, 3},
            {384, 192, 3, 3},
            {256, 192, 3, 3},
            {4096, 9216},
            {4096, 4096},
            {1000, 4096}
        };
        InMemoryFile made = InMemoryFile.of(file);
        for (int i = 0; i < shapes.length; i++) {
            String layer = (i < 5 ? "conv" : "fc") + (i + 1);
            made.add(layer + weights, shapes[i]).add(layer + biases, shapes[i][0]);
        }
        return made;
    }

    private static Recognition recognized(InMemoryFile file) {
        return Recognition.of(file, ImportOptions.none());
    }

    private static void assertRefused(InMemoryFile file, String... words) {
        assertThatThrownBy(() -> recognized(file))
                .isInstanceOf(TandemException.class)
                .satisfies(error -> assertThat(error.getMessage()).contains(words));
    }

    @ParameterizedTest
    @CsvSource({
        "'', features.",
        "module., features.",
        "'', features.module.",
        "model., features.",
        "state_dict.net.backbone., features."
    })
    void torchvisionsNamesAreOwtsWhateverIsBeforeThem(String prefix, String features) {
        Recognition net = recognized(owt(prefix, features, 1000));
        assertThat(net.description().recipe()).isEqualTo("owt");
        assertThat(net.sources())
                .hasSize(16)
                .allSatisfy(source -> assertThat(source.note()).isEmpty());
        Preprocessing images = net.description().input().orElseThrow().preprocessing();
        assertThat(images.resize()).isEqualTo(Resize.TORCHVISION);
        assertThat(net.description().input().orElseThrow().statistics().channelMean(0))
                .isEqualTo(0.485 * 255);
        assertThat(net.classNames()).hasSize(1000).startsWith("n01440764").isSorted();
    }

    @Test
    void whatATrainingCheckpointHasBesideIsLeftOutByName() {
        Recognition net = recognized(owt("module.", "features.", 1000).add("ema.decay", 3));
        assertThat(net.others()).extracting(tensor -> tensor.name()).containsExactly("ema.decay");
    }

    @ParameterizedTest
    @CsvSource({".0, .1", "/weights, /biases", ".weight, .bias", "_w_0, _b_0", "W, b", "/weights:0, /biases:0"})
    void caffesNamesAreCaffesWhateverIsBehindThem(String weights, String biases) {
        Recognition net = recognized(caffe("net.caffemodel", weights, biases));
        assertThat(net.description().recipe()).isEqualTo("caffe");
        assertThat(net.sources().get(0).note()).contains("blue, green, red");
        assertThat(net.sources().subList(1, 16))
                .allSatisfy(source -> assertThat(source.note()).isEmpty());
        Preprocessing images = net.description().input().orElseThrow().preprocessing();
        assertThat(images.resize()).isEqualTo(Resize.STRETCH);
        assertThat(images.cropSize()).isEqualTo(227);
        assertThat(net.mean()).contains("as no mean image was given");
    }

    @Test
    void theSecondOfCaffesNetsIsKnownByItsNameOrLayersOrFile() {
        assertThat(recognized(caffe("a.caffemodel", ".0", ".1").with("name", "CaffeNet"))
                        .description()
                        .recipe())
                .isEqualTo("caffenet");
        assertThat(recognized(caffe("a.caffemodel", ".0", ".1")
                                .with("name", "AlexNet")
                                .with("layers", "conv1:Convolution,pool1:Pooling,norm1:LRN,norm2:LRN"))
                        .description()
                        .recipe())
                .isEqualTo("caffenet");
        assertThat(recognized(caffe("bvlc_reference_caffenet.npy", "/weights", "/biases"))
                        .description()
                        .recipe())
                .isEqualTo("caffenet");
        assertThat(recognized(caffe("caffenet.caffemodel", ".0", ".1")
                                .with("layers", "conv1:Convolution,norm1:LRN,pool1:Pooling,norm2:LRN"))
                        .description()
                        .recipe())
                .isEqualTo("caffe");
    }

    @Test
    void namesOfClassesInTheFileAreTaken() {
        InMemoryFile file = owt("", "features.", 2).with("classes.name", "[\"cat\",\"dog\"]");
        assertThat(recognized(file).classNames()).containsExactly("cat", "dog");
        assertRefused(owt("", "features.", 3).with("classes.name", "[\"cat\",\"dog\"]"), "3 classes");
        assertRefused(owt("", "features.", 2).with("classes.name", "[\"cat\",\"cat\"]"), "2 classes");
    }

    @Test
    void matlabsNetsSeeRedFirstAndBringTheirMean() {
        InMemoryFile file = caffe("net.mat", ".0", ".1").withFormat("MATLAB");
        float[] mean = new float[3 * 227 * 227];
        Arrays.fill(mean, 7);
        Recognition net = recognized(file.add("averageImage", Shape.of(3, 227, 227), mean));
        assertThat(net.sources().get(0).note()).isEqualTo("height and width exchanged");
        assertThat(net.description().input().orElseThrow().statistics().channelMean(0))
                .isEqualTo(7);
        assertThat(net.others()).isEmpty();
        assertThat(net.mean()).contains("that the file has");
    }

    @Test
    void theRecipeCanBeNamed() {
        Recognition net = Recognition.of(
                caffe("a.caffemodel", ".0", ".1"),
                new ImportOptions(Optional.of("paper"), Optional.empty(), Optional.empty()));
        assertThat(net.description().recipe()).isEqualTo("paper");
    }

    @Test
    void olderBlobsOfFourDimensionsFit() {
        InMemoryFile file = caffe("a.caffemodel", ".0", ".1")
                .without("fc6.0")
                .add("fc6.0", 1, 1, 4096, 9216)
                .without("fc6.1")
                .add("fc6.1", 1, 1, 1, 4096);
        assertThat(recognized(file).sources()).hasSize(16);
    }

    @Test
    void tensorflowsOrderIsKnownByTheFirstConvolution() {
        InMemoryFile file = InMemoryFile.of("bvlc_alexnet.npy");
        int[][] shapes = {
            {11, 11, 3, 96},
            {5, 5, 48, 256},
            {3, 3, 256, 384},
            {3, 3, 192, 384},
            {3, 3, 192, 256},
            {9216, 4096},
            {4096, 4096},
            {4096, 1000}
        };
        for (int i = 0; i < shapes.length; i++) {
            String layer = (i < 5 ? "conv" : "fc") + (i + 1);
            file.add(layer + "/weights", shapes[i]).add(layer + "/biases", shapes[i][shapes[i].length - 1]);
        }
        Recognition net = recognized(file);
        assertThat(net.sources().get(10).note()).contains("transposed").contains("height, width, channel");
        assertThat(net.sources().get(12).note()).isEqualTo("transposed");
    }

    @Test
    void heuritechsGroupsArePutTogetherAndItsNormalizationIsFolded() {
        InMemoryFile file = InMemoryFile.of("alexnet_weights.h5");
        int[][] shapes = {{96, 3, 11, 11}, {128, 48, 5, 5}, {384, 256, 3, 3}, {192, 192, 3, 3}, {128, 192, 3, 3}};
        for (int i = 0; i < shapes.length; i++) {
            for (int group = 1; group <= (shapes[i][0] % 64 == 0 && i != 2 ? 2 : 1); group++) {
                String layer = "conv_" + (i + 1) + (i == 0 || i == 2 ? "" : "_" + group);
                file.add(layer + "/" + layer + "_W", shapes[i]).add(layer + "/" + layer + "_b", shapes[i][0]);
            }
        }
        file.add("dense_1/dense_1_W", 9216, 4096).add("dense_1/dense_1_b", 4096);
        file.add("dense_2/dense_2_W", 4096, 4096).add("dense_2/dense_2_b", 4096);
        file.add("dense_3/dense_3_W", 4096, 1000).add("dense_3/dense_3_b", 1000);
        Recognition net = recognized(file);
        assertThat(net.description().recipe()).isEqualTo("caffenet");
        assertThat(net.sources().get(2).pieces()).hasSize(2);
        assertThat(net.sources().get(2).note())
                .contains("turned by 180 degrees")
                .contains("2 groups put together");
        assertThat(net.sources().get(0).note()).doesNotContain("blue");
        assertThat(net.sources().get(10).note()).isEqualTo("transposed");
        assertThat(net.description().input().orElseThrow().statistics().channelMeans())
                .containsExactly(123.68, 116.779, 103.939);
        assertThat(net.warnings()).isEmpty();
        assertThat(Recognition.of(file, recipe("caffenet")).sources()).hasSize(16);
        assertThatThrownBy(() -> Recognition.of(file, recipe("caffe")))
                .hasMessageContaining("heuritech")
                .hasMessageContaining("got --recipe caffe, expected caffenet");
    }

    private static ImportOptions recipe(String name) {
        return new ImportOptions(Optional.of(name), Optional.empty(), Optional.empty());
    }

    @Test
    void anAssumedOrderOfChannelsIsAWarning() {
        String assumed = "channel order blue, green, red is assumed, as Caffe's";
        for (String format : List.of("PyTorch (zip)", "safetensors", "NumPy (npz)", "NumPy")) {
            assertThat(recognized(caffe("a", ".weight", ".bias").withFormat(format))
                            .warnings())
                    .containsExactly(assumed);
        }
        assertThat(recognized(caffe("a", ".0", ".1").withFormat("Caffe")).warnings())
                .isEmpty();
        assertThat(recognized(caffe("a", ".0", ".1").withFormat("MATLAB")).warnings())
                .isEmpty();
        assertThat(recognized(owt()).warnings()).isEmpty();
    }

    @Test
    void layersThatTheFileListsAreTheRecipes() {
        InMemoryFile one =
                caffe("a", ".0", ".1").with("layers", "conv1:Convolution,norm1:LRN,pool1:Pooling,fc8:InnerProduct");
        assertRefused(one, "another number of layers of normalization, got 1, expected 2");
        InMemoryFile none = caffe("a", ".0", ".1").with("layers", "conv1:conv,relu1:relu,pool1:pool");
        assertRefused(none, "another number of layers of normalization, got 0, expected 2");
        InMemoryFile some = caffe("a", ".0", ".1").with("layers", "data:Data,conv1:Convolution,fc8:InnerProduct");
        assertThat(recognized(some).sources()).hasSize(16);
        for (String type : List.of("BatchNorm", "Scale", "bnorm")) {
            InMemoryFile batch = caffe("a", ".0", ".1").add("bn1.0", 96).with("layers", "conv1:conv,bn1:" + type);
            assertRefused(batch, "a layer that normalizes batches", "bn1.0 96");
        }
        InMemoryFile other = caffe("a", ".0", ".1").add("loss.0", 96).with("layers", "conv1:conv,loss:Loss");
        assertThat(recognized(other).others()).hasSize(1);
    }

    @Test
    void aLastLayerOfAnotherNameIsTakenIfItIsTheOnlyOne() {
        InMemoryFile file = caffe("a", ".0", ".1").without("fc8.0").without("fc8.1");
        InMemoryFile renamed = file.add("fc8_flickr.0", 1000, 4096).add("fc8_flickr.1", 1000);
        assertThat(recognized(renamed).sources())
                .extracting(ParameterSource::tensors)
                .contains("fc8_flickr.0");
        assertThat(recognized(renamed).others()).isEmpty();
        InMemoryFile narrow = caffe("a", ".0", ".1").without("fc8.0").without("fc8.1");
        assertRefused(narrow.add("fc8-voc.0", 20, 4095).add("fc8-voc.1", 20), "the last layer is missing", "fc8-voc.0");
        assertRefused(renamed.add("fc8-voc.0", 20, 4096), "the last layer is missing", "fc8_flickr.0 1000x4096");
        assertThat(recognized(caffe("a", ".0", ".1").add("fc8-voc.0", 20, 4096)).others())
                .hasSize(1);
    }

    @Test
    void anotherNumberOfClassesNeedsTheirNames() {
        InMemoryFile file = owt("", "features.", 10);
        assertRefused(file, "10 classes", "--classes FILE with 10 lines");
        List<String> names = IntStream.range(0, 10).mapToObj(i -> "class " + i).toList();
        ImportOptions named = new ImportOptions(Optional.empty(), Optional.of(names), Optional.empty());
        assertThat(Recognition.of(file, named).classNames()).isEqualTo(names);
        ImportOptions few = new ImportOptions(Optional.empty(), Optional.of(names.subList(0, 9)), Optional.empty());
        assertThatThrownBy(() -> Recognition.of(file, few)).hasMessageContaining("got 9 names, expected 10");
    }

    @Test
    void oneColumnIsNamed() {
        InMemoryFile file = caffe("a.caffemodel", ".0", ".1").without("conv2.0").add("conv2.0", 256, 96, 5, 5);
        assertRefused(file, "conv2.weight is of one column where recipe caffe has two", "256x96x5x5", "256x48x5x5");
    }

    @Test
    void aTransposedMatrixIsNamed() {
        InMemoryFile file = owt().without("classifier.1.weight").add("classifier.1.weight", 9216, 4096);
        assertRefused(file, "fc6.weight", "another order", "(in, out)", "9216x4096", "4096x9216");
    }

    @Test
    void anotherShapeIsNamedWithBoth() {
        assertRefused(
                owt().without("features.3.weight").add("features.3.weight", 100, 64, 5, 5),
                "conv2.weight, from features.3.weight",
                "100x64x5x5",
                "192x64x5x5");
        assertRefused(owt().without("features.0.bias").add("features.0.bias", 63), "conv1.bias", "got 63", "64");
    }

    @Test
    void missingAndUnknownTensorsAreNamed() {
        assertRefused(owt().without("features.3.bias"), "tensors are missing: conv2.bias");
        assertRefused(owt().without("classifier.6.weight").without("classifier.6.bias"), "the last layer is missing");
        assertRefused(owt().add("features.12.weight", 3), "features.12.weight");
        assertRefused(
                caffe("a.npy", "/weights", "/biases").add("conv1.weight", 96, 3, 11, 11), "two tensors for conv1");
        InMemoryFile twice = owt();
        twice.tensors().addAll(owt("ema.", "features.", 1000).tensors());
        assertRefused(twice, "several nets", "ema.");
    }

    @Test
    void otherNetsAreCalledByTheirNames() {
        assertRefused(InMemoryFile.of("a").add("features.0.weight", 64, 3, 3, 3), "it is a VGG");
        assertRefused(
                InMemoryFile.of("a").add("layer1.0.conv1.weight", 64, 64, 1, 1).add("layer4.0.conv1.weight", 1),
                "it is a ResNet");
        assertRefused(InMemoryFile.of("a").add("features.3.squeeze.weight", 16, 64, 1, 1), "it is a SqueezeNet");
        assertRefused(
                InMemoryFile.of("a").add("alexnet_v2/conv1/weights", 11, 11, 3, 64), "alexnet_v2", "other layers");
        assertRefused(InMemoryFile.of("a").add("lin0.model.1.weight", 1, 64, 1, 1), "LPIPS", "./tandem compare");
        assertRefused(InMemoryFile.of("a").add("x", 2), "it is another net", "x 2");
        assertRefused(InMemoryFile.of("a").add("mean", 3, 256, 256), "--mean");
        assertThat(recognized(owt().add("mean", 3)).others()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001b[2Jx", "a\nb"})
    void namesFromTheFileCannotControlTheTerminal(String name) {
        assertThatThrownBy(() -> recognized(InMemoryFile.of("a").add(name, 2)))
                .satisfies(error -> assertThat(error.getMessage()).doesNotContain("\u001b", "\n"));
    }

    @Test
    void theSourcesAreInTheOrderOfTheNetwork() {
        InMemoryFile file = owt();
        Collections.reverse(file.tensors());
        List<ParameterSource> sources = recognized(file).sources();
        assertThat(sources.get(0).parameter()).isEqualTo("conv1.weight");
        assertThat(sources.get(0).shape()).isEqualTo(Shape.of(64, 3, 11, 11));
        assertThat(sources.get(15).parameter()).isEqualTo("fc8.bias");
    }
}
