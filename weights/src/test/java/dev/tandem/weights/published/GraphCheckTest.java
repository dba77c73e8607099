package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.protobuf.TestMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs that others wrote are those of a recipe, or refused: shapes alone do not tell strides and normalization. */
class GraphCheckTest {
    @TempDir
    private Path folder;

    private static TestMessage attribute(String name) {
        return new TestMessage().text(1, name);
    }

    private static TestMessage node(String type, TestMessage... attributes) {
        TestMessage node = new TestMessage().text(2, "y").text(4, type);
        for (TestMessage one : attributes) {
            node.message(5, one);
        }
        return node;
    }

    private static TestMessage convolution(int stride, int group) {
        return group == 1 && stride == 1 // old files leave out what is usual
                ? node("Conv")
                : node(
                        "Conv",
                        attribute("strides").integers(8, stride, stride),
                        attribute("group").integer(3, group));
    }

    private static TestMessage pooling(int kernel) {
        return node(
                "MaxPool",
                attribute("kernel_shape").integers(8, kernel, kernel),
                attribute("strides").integers(8, 2, 2));
    }

    private static TestMessage normalization(float alpha) {
        return node(
                "LRN",
                attribute("size").integer(3, 5),
                attribute("alpha").number(2, alpha),
                attribute("beta").number(2, 0.75f),
                attribute("bias").number(2, 1f));
    }

    /** ONNX's zoo has both of Caffe's nets so. */
    private static List<TestMessage> caffe(boolean poolsFirst) {
        List<TestMessage> nodes = new ArrayList<>();
        for (int layer = 0; layer < 5; layer++) {
            nodes.add(convolution(layer == 0 ? 4 : 1, layer == 0 || layer == 2 ? 1 : 2));
            nodes.add(node("Relu"));
            if (layer < 2) {
                nodes.add(poolsFirst ? pooling(3) : normalization(1e-4f));
                nodes.add(poolsFirst ? normalization(1e-4f) : pooling(3));
            }
        }
        nodes.add(pooling(3));
        nodes.add(node("Reshape"));
        for (int layer = 0; layer < 3; layer++) {
            nodes.add(node(
                    "Gemm",
                    attribute("transB").integer(3, 1),
                    attribute("broadcast").integer(3, 1)));
            nodes.add(layer < 2 ? node("Dropout", attribute("is_test").integer(3, 1)) : node("Softmax"));
        }
        return nodes;
    }

    /** torchvision's, as PyTorch exports it. */
    private static List<TestMessage> torchvision() {
        List<TestMessage> nodes = new ArrayList<>();
        for (int layer = 0; layer < 5; layer++) {
            nodes.add(convolution(layer == 0 ? 4 : 1, 1));
            nodes.add(node("Relu"));
            if (layer < 2 || layer == 4) {
                nodes.add(pooling(3));
            }
        }
        nodes.add(node("AveragePool", attribute("kernel_shape").integers(8, 1, 1)));
        nodes.add(node("Flatten"));
        nodes.add(node("Gemm", attribute("alpha").number(2, 1f)));
        return nodes;
    }

    private OnnxFile open(List<TestMessage> nodes) throws IOException {
        TestMessage graph = new TestMessage();
        nodes.forEach(one -> graph.message(1, one));
        for (int layer = 1; layer <= 5; layer++) {
            graph.message(5, tensor("conv" + layer + "_w_0")).message(5, tensor("conv" + layer + "_b_0"));
        }
        TestMessage model = new TestMessage().integer(1, 8).text(2, "tests").message(7, graph);
        return OnnxFile.open(Files.write(folder.resolve("bvlc.onnx"), model.toBytes()));
    }

    private static TestMessage tensor(String name) {
        return new TestMessage().integers(1, 1).integer(2, 1).text(8, name).bytes(9, TestMessage.floats(1));
    }

    private void check(List<TestMessage> nodes, String recipe) throws IOException {
        try (OnnxFile file = open(nodes)) {
            GraphCheck.check(file, recipe, List.of());
        }
    }

    private void assertRefused(String recipe, Consumer<List<TestMessage>> change, String words) {
        List<TestMessage> nodes = recipe.equals("owt") ? torchvision() : caffe(recipe.equals("caffenet"));
        change.accept(nodes);
        assertThatThrownBy(() -> check(nodes, recipe))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(words);
    }

    @Test
    void publishedGraphsAreTaken() {
        assertThatCode(() -> check(caffe(false), "caffe")).doesNotThrowAnyException();
        assertThatCode(() -> check(caffe(true), "caffenet")).doesNotThrowAnyException();
        assertThatCode(() -> check(torchvision(), "owt")).doesNotThrowAnyException();
    }

    @Test
    void whatPoolsFirstIsCaffenetWhateverItIsCalled() throws IOException {
        try (OnnxFile first = open(caffe(true))) {
            assertThat(CaffeNames.of(first).orElseThrow().recipe()).isEqualTo("caffenet");
        }
        try (OnnxFile last = open(caffe(false))) {
            assertThat(CaffeNames.of(last).orElseThrow().recipe()).isEqualTo("caffe");
        }
        assertThatThrownBy(() -> check(caffe(true), "caffe")).hasMessageContaining("got MaxPool before LRN");
    }

    @Test
    void operatorsOfOtherNetsAreNamed() throws IOException {
        for (String type : List.of("Transpose", "BatchNormalization", "GlobalAveragePool", "LeakyRelu", "Sigmoid")) {
            assertRefused("caffe", nodes -> nodes.add(node(type)), "no AlexNet has, got " + type);
            assertRefused("owt", nodes -> nodes.add(node(type)), "no AlexNet has, got " + type);
        }
        assertRefused("owt", nodes -> nodes.add(node("Conv").text(7, "own")), "got own.Conv");
        List<TestMessage> turned = caffe(false);
        turned.add(node("Transpose"));
        try (OnnxFile file = open(turned)) {
            assertThatThrownBy(() -> Recognition.of(file, ImportOptions.none())).hasMessageContaining("got Transpose");
        }
    }

    @Test
    void settingsOfOtherNetsAreNamed() {
        assertRefused("caffe", nodes -> nodes.set(2, normalization(2e-5f)), "LRN has another alpha");
        assertRefused(
                "caffe", nodes -> nodes.set(2, node("LRN", attribute("size").integer(3, 3))), "another size");
        assertRefused("caffe", nodes -> nodes.remove(2), "layers LRN, got 1, expected 2");
        assertRefused("owt", nodes -> nodes.add(normalization(1e-4f)), "layers LRN, got 1, expected 0");
        assertRefused("owt", nodes -> nodes.set(0, convolution(2, 1)), "another strides, got [2, 2], expected 4");
        assertRefused("caffe", nodes -> nodes.set(4, convolution(1, 1)), "another group, got 1, expected 2");
        assertRefused("owt", nodes -> nodes.set(2, pooling(2)), "another kernel_shape, got [2, 2], expected 3");
        assertRefused("owt", nodes -> nodes.remove(2), "layers MaxPool, got 2, expected 3");
        assertRefused("owt", nodes -> nodes.add(node("Gemm", attribute("alpha").number(2, 2f))), "another alpha");
    }

    @Test
    void nodesWithoutInputsOrOutputsAreNoErrorOfTheProgram() throws IOException {
        List<TestMessage> nodes = new ArrayList<>(torchvision().subList(0, 15));
        for (int i = 0; i < 3; i++) {
            nodes.add(new TestMessage().text(4, "MatMul"));
        }
        try (OnnxFile file = open(nodes)) {
            assertThat(GraphOrder.of(file).orElseThrow().parameters()).isEmpty();
        }
    }
}
