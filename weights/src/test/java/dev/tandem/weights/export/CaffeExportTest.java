package dev.tandem.weights.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;

import dev.tandem.alexnet.Recipes;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Window;
import dev.tandem.weights.export.source.PixelArithmetic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_dnn;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_dnn.Net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** OpenCV computes of exported files what Tandem does. */
class CaffeExportTest {
    @TempDir
    Path folder;

    static Stream<Recipe> nets() {
        return Stream.of(
                        TinyNets.recipes(),
                        TinyNets.ablations(),
                        TinyNets.oddSizes(),
                        Stream.of(TinyNets.caffeLayers()))
                .flatMap(each -> each);
    }

    private WeightExport.Written export(RandomModel model, ExportFormat format, String name) {
        return WeightExport.of(model, model.recipe(), ScanProgress.silent()).write(format, folder.resolve(name), false);
    }

    private static float[] run(Net net, String input, String output, float[] values, int... dims) {
        // The matrix does not keep the pointer: if that is collected, its memory goes.
        try (FloatPointer memory = new FloatPointer(values);
                Mat blob = new Mat(dims, CV_32F, memory)) {
            net.setInput(blob, input, 1, new org.bytedeco.opencv.opencv_core.Scalar());
            try (Mat result = net.forward(output)) {
                float[] all = new float[(int) result.total()];
                new FloatPointer(result.data()).get(all);
                return all;
            }
        }
    }

    /** What Caffe's net takes: channels reversed, deviations undone, zeros at the bottom and the right. */
    private static float[] caffeInput(Recipe recipe, float[] input, int appended) {
        int crop = recipe.preprocessing().cropSize();
        int side = crop + appended;
        float[] scale =
                PixelArithmetic.of(RandomModel.input(recipe.preprocessing())).scale();
        float[] made = new float[3 * side * side];
        for (int channel = 0; channel < 3; channel++) {
            for (int i = 0; i < crop * crop; i++) {
                made[((2 - channel) * side + i / crop) * side + i % crop] =
                        input[channel * crop * crop + i] / scale[channel];
            }
        }
        return made;
    }

    @ParameterizedTest
    @MethodSource("nets")
    @DisplayName("a caffemodel and its prototxt give Tandem's logits to 1e-4")
    void caffe(Recipe recipe) throws IOException {
        RandomModel model = new RandomModel(recipe);
        WeightExport.Written written = export(model, ExportFormat.CAFFEMODEL, "net.caffemodel");
        Path prototxt = folder.resolve("net.prototxt");
        assertThat(written.files())
                .containsExactly(folder.resolve("net.caffemodel"), prototxt, folder.resolve("net_mean.binaryproto"))
                .allMatch(Files::exists);
        String text = Files.readString(prototxt);
        int crop = recipe.preprocessing().cropSize();
        int stride = recipe.name().equals("caffe-layers") ? 3 : 4;
        boolean roundsUp = !List.of("caffe", "caffenet", "owt").contains(recipe.name());
        int appended = roundsUp
                ? Window.over(crop, crop, stride == 3 ? 4 : 11, stride, stride == 3 ? 1 : 0, Window.Rounding.UP)
                                .padBottom()
                        - (stride == 3 ? 1 : 0)
                : 0;
        assertThat(text).contains("dim: 1 dim: 3 dim: %1$d dim: %1$d".formatted(crop + appended));
        assertThat(text.contains("append " + appended + " row(s) of zeros")).isEqualTo(appended > 0);
        float[] input = model.inputs(1, recipe.preprocessing().pixels() == Pixels.MEAN_IMAGE ? 60 : 1)
                .get(0);
        try (Net net = opencv_dnn.readNetFromCaffe(
                prototxt.toString(), folder.resolve("net.caffemodel").toString())) {
            String last = recipe.network().outputs().get(0);
            float[] got =
                    run(net, "data", last, caffeInput(recipe, input, appended), 1, 3, crop + appended, crop + appended);
            assertThat(OnnxExportTest.difference(got, model.logits(1, input)))
                    .as(recipe.name() + "\n" + text)
                    .isLessThan(1e-4);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.tandem.weights.export.TinyNets#recipes")
    @DisplayName("OpenCV reads ONNX files, too")
    void onnx(Recipe recipe) {
        RandomModel model = new RandomModel(recipe);
        export(model, ExportFormat.ONNX, "net.onnx");
        float[] input = model.inputs(2, 10).get(0);
        Shape shape = recipe.input(2);
        try (Net net = opencv_dnn.readNetFromONNX(folder.resolve("net.onnx").toString())) {
            float[] got = run(net, "images", "logits", input, shape.dims());
            assertThat(OnnxExportTest.difference(got, model.logits(2, input)))
                    .as(recipe.name())
                    .isLessThan(1e-4);
        }
    }

    @Test
    @DisplayName("the mean is there in blue, green, red")
    void mean() throws IOException {
        RandomModel model = new RandomModel(TinyNets.tiny(Recipes.CAFFE));
        export(model, ExportFormat.CAFFEMODEL, "net.caffemodel");
        byte[] bytes = Files.readAllBytes(folder.resolve("net_mean.binaryproto"));
        float[] mean =
                RandomModel.input(model.recipe().preprocessing()).statistics().meanImage();
        java.nio.FloatBuffer last = java.nio.ByteBuffer.wrap(bytes, bytes.length - 4 * mean.length, 4 * mean.length)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        int plane = 80 * 80;
        assertThat(last.get(0)).isEqualTo(mean[2 * plane]);
        assertThat(last.get(plane + 5)).isEqualTo(mean[plane + 5]);
        assertThat(last.get(3 * plane - 1)).isEqualTo(mean[plane - 1]);
    }

    @Test
    @DisplayName("files that would be one are refused, and what is written first are the weights")
    void names() throws IOException {
        RandomModel model = new RandomModel(TinyNets.tiny(Recipes.CAFFE));
        assertThatThrownBy(() -> export(model, ExportFormat.CAFFEMODEL, "net.prototxt"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("a file beside it has the same name");
        assertThat(folder).isEmptyDirectory();
        WeightExport interrupted = WeightExport.of(model, model.recipe(), (set, done, total) -> {
            throw new CancellationException();
        });
        assertThatThrownBy(() -> interrupted.write(ExportFormat.CAFFEMODEL, folder.resolve("net.caffemodel"), false))
                .isInstanceOf(CancellationException.class);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("what Caffe does not have is named before anything is written")
    void unknown() {
        RandomModel model = new RandomModel(TinyNets.everyLayer());
        assertThatThrownBy(() -> export(model, ExportFormat.CAFFEMODEL, "net.caffemodel"))
                .hasMessageStartingWith(
                        "export as caffemodel: gelu cannot be written as a layer of Caffe, got the function GELU")
                .hasMessageContaining("Export to onnx");
        assertThat(folder).isEmptyDirectory();
    }
}
