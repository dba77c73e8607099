package dev.tandem.backend.cpu.convolution;

import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_backward_data_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_backward_weights_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_direct;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;

import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Window;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;

/**
 * One convolution in oneDNN's terms: {@code samples} inputs of {@code channels x height x width} give {@code kernels}
 * maps each. A descriptor may leave the choice of a layout to oneDNN.
 */
record ConvolutionProblem(int samples, int channels, int height, int width, int kernels, ConvolutionSpec spec) {
    private static final int WIDE_BLOCK = 16;
    private static final int SHORT_ROW = 8;

    static ConvolutionProblem of(Shape x, int kernels, ConvolutionSpec spec) {
        return new ConvolutionProblem(x.dim(0), x.dim(1), x.dim(2), x.dim(3), kernels, spec);
    }

    /** The same for another number of samples. */
    ConvolutionProblem withSamples(int other) {
        return new ConvolutionProblem(other, channels, height, width, kernels, spec);
    }

    long[] source() {
        return new long[] {samples, channels, height, width};
    }

    long[] target() {
        Window window = spec.window();
        return new long[] {samples, kernels, window.outputHeight(height), window.outputWidth(width)};
    }

    /** (K, C, kh, kw), with the groups in front if there is more than one. */
    long[] weights() {
        int groups = spec.groups();
        long in = channels / groups;
        long high = spec.window().height();
        long wide = spec.window().width();
        return groups == 1
                ? new long[] {kernels, in, high, wide}
                : new long[] {groups, kernels / groups, in, high, wide};
    }

    /**
     * Whether kernels for channels innermost suit this better than those for channels in blocks. Blocks of 16 that
     * groups do not fill would leave vectors half empty, and rows of few outputs leave registers unused. The first
     * layer has kernels of its own for row-major images.
     *
     * @param block the channels in a block on this processor
     */
    boolean prefersChannelsLast(int block) {
        int in = channels / spec.groups();
        int out = kernels / spec.groups();
        return block == WIDE_BLOCK && in >= block && (in % block != 0 || out % block != 0 || target()[3] <= SHORT_ROW);
    }

    private long[] strides() {
        return new long[] {spec.window().strideY(), spec.window().strideX()};
    }

    private long[] before() {
        return new long[] {spec.window().padTop(), spec.window().padLeft()};
    }

    private long[] after() {
        return new long[] {spec.window().padBottom(), spec.window().padRight()};
    }

    /** How oneDNN would convolve; {@code bias} may be null. */
    Candidate forward(
            OneDnn oneDnn,
            dnnl_memory_desc x,
            dnnl_memory_desc w,
            dnnl_memory_desc bias,
            dnnl_memory_desc y,
            dnnl_primitive_attr attributes) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_convolution_forward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        dnnl_forward_training,
                        dnnl_convolution_direct,
                        x,
                        w,
                        bias,
                        y,
                        strides(),
                        new long[2],
                        before(),
                        after(),
                        attributes));
    }

    /** How oneDNN would compute the gradient with respect to the input; {@code hint} is a forward candidate. */
    Candidate backwardData(
            OneDnn oneDnn, dnnl_memory_desc dx, dnnl_memory_desc w, dnnl_memory_desc dy, Candidate hint) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_convolution_backward_data_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        dnnl_convolution_direct,
                        dx,
                        w,
                        dy,
                        strides(),
                        new long[2],
                        before(),
                        after(),
                        hint.descriptor(),
                        oneDnn.attributes()));
    }

    /** How oneDNN would compute the gradients with respect to weights and bias; {@code dbias} may be null. */
    Candidate backwardWeights(
            OneDnn oneDnn,
            dnnl_memory_desc x,
            dnnl_memory_desc dw,
            dnnl_memory_desc dbias,
            dnnl_memory_desc dy,
            Candidate hint) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_convolution_backward_weights_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        dnnl_convolution_direct,
                        x,
                        dw,
                        dbias,
                        dy,
                        strides(),
                        new long[2],
                        before(),
                        after(),
                        hint.descriptor(),
                        oneDnn.attributes()));
    }
}
