package dev.tandem.backend.cpu.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What oneDNN compiles for the layers that matter, at their full batch: nothing here is run. */
class OneDnnConvolutionTest {
    private Workbench bench;
    private Layouts layouts;
    private OneDnnConvolution convolution;
    private OneDnnWeightGradient weightGradient;

    @BeforeEach
    void open() {
        assumeTrue(NativeLibraries.oneDnnProblem().isEmpty(), "oneDNN does not load on this platform");
        bench = new Workbench(new DeviceId("cpu", 0), 1, true, Precision.F32, Precision.F32, new MemoryBudget(1 << 20));
        layouts = bench.layouts();
        weightGradient = new OneDnnWeightGradient(bench);
        convolution = new OneDnnConvolution(bench, weightGradient);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
    }

    private static ConvolutionProblem layer(
            int samples, int channels, int size, int kernels, Window window, int groups) {
        return ConvolutionProblem.of(
                Shape.of(samples, channels, size, size), kernels, new ConvolutionSpec(window, groups));
    }

    private static Window padded(int size, int pad) {
        return new Window(size, size, 1, 1, pad, pad, pad, pad);
    }

    /** The layers of the paper's net (section 3.5) after the first, and of its one-column successor. */
    static Stream<ConvolutionProblem> upperLayers() {
        return Stream.of(
                layer(128, 96, 27, 256, padded(5, 2), 2),
                layer(128, 256, 13, 384, padded(3, 1), 1),
                layer(128, 384, 13, 384, padded(3, 1), 2),
                layer(128, 384, 13, 256, padded(3, 1), 2),
                layer(128, 64, 27, 192, padded(5, 2), 1),
                layer(128, 192, 13, 384, padded(3, 1), 1));
    }

    @ParameterizedTest
    @MethodSource("upperLayers")
    void upperLayersKeepTheLayoutOfTheirMapsAndUseCompiledCode(ConvolutionProblem problem) {
        Layout x = layouts.of(Precision.F32, org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b, problem.source());
        assumeTrue(layouts.block() == 16, "other processors than those with AVX-512 have other layouts");
        OneDnnConvolution.Forward forward =
                convolution.forwardPlan(problem, x, true, UnaryFunction.RELU).orElseThrow();
        assertCompiled(forward.primitive());
        assertThat(forward.x()).isSameAs(x);
        assertThat(forward.y().tag()).isEqualTo(x.tag());

        OneDnnConvolution.BackwardData data =
                convolution.backwardDataPlan(problem, forward.y()).orElseThrow();
        assertCompiled(data.primitive());
        assertThat(data.dy()).isSameAs(forward.y());
        assertThat(data.dx()).isSameAs(x);

        OneDnnWeightGradient.Plan weights =
                weightGradient.plan(problem, x, forward.y(), true).orElseThrow();
        assertThat(weights.parts()).hasSize(1);
        assertCompiled(weights.parts().get(0).primitive());
        assertThat(weights.x()).isSameAs(x);
        assertThat(weights.dy()).isSameAs(forward.y());
        assertThat(weights.dw()).isSameAs(forward.w());
    }

    /** The first layers of the paper's net, of its one-column successor and of a net of half its width. */
    static Stream<ConvolutionProblem> firstLayers() {
        return Stream.of(
                layer(128, 3, 224, 96, new Window(11, 11, 4, 4, 0, 0, 3, 3), 1),
                layer(128, 3, 224, 64, new Window(11, 11, 4, 4, 2, 2, 2, 2), 1),
                layer(32, 3, 112, 48, new Window(11, 11, 4, 4, 0, 0, 3, 3), 1),
                layer(127, 3, 224, 96, new Window(11, 11, 4, 4, 0, 0, 3, 3), 1));
    }

    @ParameterizedTest
    @MethodSource("firstLayers")
    void firstLayersTakePlainImagesAndUseCompiledCode(ConvolutionProblem problem) {
        Layout x = layouts.plain(problem.source());
        OneDnnConvolution.Forward forward =
                convolution.forwardPlan(problem, x, true, UnaryFunction.RELU).orElseThrow();
        assertCompiled(forward.primitive());
        OneDnnWeightGradient.Plan weights =
                weightGradient.plan(problem, x, forward.y(), true).orElseThrow();
        assertThat(weights.parts()).allSatisfy(part -> assertCompiled(part.primitive()));

        assumeTrue(layouts.block() == 16, "other processors than those with AVX-512 copy some into other layouts");
        assertThat(forward.x()).isSameAs(x);
        assertThat(weights.x()).isSameAs(x);
        assertThat(weights.dy()).isSameAs(forward.y());
        assertThat(weights.dw()).isSameAs(forward.w());
    }

    /** Groups of 24 maps fill no blocks of 16: there the maps are copied into another layout. */
    @ParameterizedTest
    @MethodSource("oddLayers")
    void oddLayersUseCompiledCode(ConvolutionProblem problem) {
        Layout x = layouts.plain(problem.source());
        OneDnnConvolution.Forward forward =
                convolution.forwardPlan(problem, x, true, UnaryFunction.RELU).orElseThrow();
        assertCompiled(forward.primitive());
        assertCompiled(
                convolution.backwardDataPlan(problem, forward.y()).orElseThrow().primitive());
        assertThat(weightGradient
                        .plan(problem, x, forward.y(), true)
                        .orElseThrow()
                        .parts())
                .allSatisfy(part -> assertCompiled(part.primitive()));
    }

    static Stream<ConvolutionProblem> oddLayers() {
        return Stream.of(
                layer(32, 48, 13, 128, padded(5, 2), 2),
                layer(2, 6, 9, 10, padded(3, 1), 2),
                layer(3, 5, 7, 7, padded(3, 0), 1),
                layer(1, 1, 1, 1, padded(1, 0), 1));
    }

    /** The layers of the newcomer's net after the first: blocks of 8 would leave half of each vector empty. */
    static Stream<ConvolutionProblem> layersForChannelsLast() {
        return Stream.of(
                layer(32, 48, 13, 128, padded(5, 2), 2),
                layer(32, 128, 6, 192, padded(3, 1), 1),
                layer(32, 192, 6, 192, padded(3, 1), 2),
                layer(32, 192, 6, 128, padded(3, 1), 2));
    }

    @ParameterizedTest
    @MethodSource("layersForChannelsLast")
    void smallLayersUseWholeVectorsAndLeaveChannelsInnermost(ConvolutionProblem problem) {
        assumeTrue(layouts.block() == 16, "other processors than those with AVX-512 have other layouts");
        Layout innermost = layouts.channelsLast(Precision.F32, problem.source());
        for (Layout x : List.of(innermost, layouts.plain(problem.source()))) {
            OneDnnConvolution.Forward forward = convolution
                    .forwardPlan(problem, x, true, UnaryFunction.RELU)
                    .orElseThrow();
            assertThat(forward.primitive().implementation()).contains("avx512");
            assertThat(forward.x()).isSameAs(innermost);
            assertThat(forward.y()).isSameAs(layouts.channelsLast(Precision.F32, problem.target()));
            OneDnnConvolution.BackwardData data =
                    convolution.backwardDataPlan(problem, forward.y()).orElseThrow();
            assertThat(data.primitive().implementation()).contains("avx512");
            assertThat(data.dx()).isSameAs(innermost);
            OneDnnWeightGradient.Plan weights =
                    weightGradient.plan(problem, x, forward.y(), true).orElseThrow();
            assertThat(weights.x()).isSameAs(innermost);
            assertThat(weights.parts())
                    .hasSize(1)
                    .allSatisfy(part ->
                            assertThat(part.primitive().implementation()).contains("avx512"));
        }
    }

    private static void assertCompiled(Primitive primitive) {
        assertThat(primitive.implementation()).doesNotContain("ref");
    }
}
