package dev.tandem.backend.cpu.convolution;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.onednn.Primitive.Argument;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * One pass of a locally connected layer as batched products, one for each tap of the window.
 *
 * @param inputs the layout of inputs {@code (N, C, H, W)} or their gradients, {@code (H, W, N, C)} in memory
 * @param kernels the layout of kernels {@code (K, places, C, taps)} or their gradients, {@code (taps, places, C, K)} in
 *     memory
 * @param outputs the layout of outputs {@code (N, K, H', W')} or their gradients, {@code (H', W', N, K)} in memory
 */
record LocalProducts(Layout inputs, Layout kernels, Layout outputs, List<Step> steps) {
    enum Pass {
        /** Adds inputs times kernels to the outputs. */
        FORWARD,
        /** Adds gradients of outputs times transposed kernels to those of the inputs. */
        DATA,
        /** Gradients of kernels: transposed inputs times gradients of outputs. */
        WEIGHTS
    }

    /** The product of one tap, and the elements at which its inputs, kernels and outputs begin. */
    private record Step(Primitive product, long inputs, long kernels, long outputs) {}

    /** Matrices {@code rows x columns}, one for each place; the next row of places is {@code down} elements on. */
    private record Matrices(long rows, long columns, long down, long right) {
        Layout layout(Layouts layouts, Precision precision, WindowTap tap) {
            return batch(layouts, precision, tap, new long[] {rows, columns}, new long[] {columns, 1});
        }

        Layout transposed(Layouts layouts, Precision precision, WindowTap tap) {
            return batch(layouts, precision, tap, new long[] {columns, rows}, new long[] {1, columns});
        }

        private Layout batch(Layouts layouts, Precision precision, WindowTap tap, long[] dims, long[] strides) {
            long high = tap.rows().count();
            long wide = tap.columns().count();
            return high == 1
                    ? layouts.strided(
                            precision, new long[] {wide, dims[0], dims[1]}, new long[] {right, strides[0], strides[1]})
                    : layouts.strided(precision, new long[] {high, wide, dims[0], dims[1]}, new long[] {
                        down, right, strides[0], strides[1]
                    });
        }
    }

    /** At neighbouring places, what is under one tap of the windows, the kernels of that tap, and the outputs. */
    private record Operands(Matrices inputs, Matrices kernels, Matrices outputs) {
        static Operands of(ConvolutionProblem problem) {
            Window window = problem.spec().window();
            long wide = problem.target()[3];
            Matrices pixels = placeByPlace(problem.samples(), problem.channels(), problem.width());
            return new Operands(
                    new Matrices(
                            pixels.rows(),
                            pixels.columns(),
                            window.strideY() * pixels.down(),
                            window.strideX() * pixels.right()),
                    placeByPlace(problem.channels(), problem.kernels(), wide),
                    placeByPlace(problem.samples(), problem.kernels(), wide));
        }

        private static Matrices placeByPlace(long rows, long columns, long wide) {
            return new Matrices(rows, columns, wide * rows * columns, rows * columns);
        }
    }

    /** The products of {@code pass} with operands in {@code precision}; empty if oneDNN has no good code for them. */
    static Optional<LocalProducts> compile(
            OneDnn oneDnn, Layouts layouts, Pass pass, Precision precision, ConvolutionProblem problem) {
        Operands operands = Operands.of(problem);
        // Taps that lie on the map at as many places have the same product.
        Map<List<Integer>, Optional<Primitive>> products = new HashMap<>();
        List<Step> steps = new ArrayList<>();
        for (WindowTap tap : pieces(problem)) {
            Optional<Primitive> product = products.computeIfAbsent(
                    List.of(tap.rows().count(), tap.columns().count()),
                    extents -> product(oneDnn, layouts, pass, precision, operands, tap));
            if (product.isEmpty()) {
                return Optional.empty();
            }
            steps.add(step(product.get(), problem, operands, tap));
        }
        return Optional.of(new LocalProducts(
                maps(layouts, pass == Pass.DATA ? Precision.F32 : precision, problem.source()),
                kernels(layouts, pass == Pass.WEIGHTS ? Precision.F32 : precision, problem),
                maps(layouts, pass == Pass.FORWARD ? Precision.F32 : precision, problem.target()),
                List.copyOf(steps)));
    }

    private static Step step(Primitive product, ConvolutionProblem problem, Operands operands, WindowTap tap) {
        long pixel =
                (long) tap.rows().source() * problem.width() + tap.columns().source();
        long place = tap.rows().first() * problem.target()[3] + tap.columns().first();
        return new Step(
                product,
                pixel * problem.samples() * problem.channels(),
                (tap.index() * (long) PlaceCopies.places(problem) + place)
                        * operands.kernels().right(),
                place * operands.outputs().right());
    }

    /**
     * The taps, divided where oneDNN 3.11 cannot take all places at once: it refuses the layout of rows whose windows
     * are more than a pixel apart, and products of vectors are wrong if there are gaps between rows of places.
     */
    private static List<WindowTap> pieces(ConvolutionProblem problem) {
        Window window = problem.spec().window();
        boolean hasVectors = Math.min(problem.samples(), Math.min(problem.channels(), problem.kernels())) == 1;
        Stream<WindowTap> taps = WindowTap.of(problem).stream();
        if (hasVectors || window.strideX() > 1) {
            taps = taps.flatMap(tap -> tap.byRow(window));
        }
        if (hasVectors && window.strideX() > 1) {
            taps = taps.flatMap(tap -> tap.byColumn(window));
        }
        return taps.toList();
    }

    /** Runs on inputs, kernels and outputs, or on the gradients of one of them. */
    void run(Block from, Block weights, Block to) {
        for (Step step : steps) {
            step.product()
                    .run(
                            from.pointer(step.inputs() * inputs.precision().bytes()),
                            weights.pointer(step.kernels() * kernels.precision().bytes()),
                            to.pointer(step.outputs() * outputs.precision().bytes()));
        }
    }

    /** Maps place by place. */
    static Layout maps(Layouts layouts, Precision precision, long[] dims) {
        return layouts.strided(precision, dims, strides(dims[0], dims));
    }

    /** The first samples of maps in {@code whole}, as many as {@code dims} has. */
    static Layout firstOf(Layouts layouts, Layout whole, long[] dims) {
        return layouts.strided(whole.precision(), dims, strides(whole.dim(0), dims));
    }

    private static long[] strides(long samples, long[] dims) {
        long place = samples * dims[1];
        return new long[] {dims[1], 1, dims[3] * place, place};
    }

    private static Layout kernels(Layouts layouts, Precision precision, ConvolutionProblem problem) {
        long kernels = problem.kernels();
        long channels = problem.channels();
        long places = PlaceCopies.places(problem);
        long place = channels * kernels;
        return layouts.strided(
                precision,
                new long[] {kernels, places, channels, PlaceCopies.inputs(problem) / channels},
                new long[] {1, place, kernels, places * place});
    }

    /** The arguments of the primitive are in the order of {@link #run}. */
    private static Optional<Primitive> product(
            OneDnn oneDnn, Layouts layouts, Pass pass, Precision precision, Operands operands, WindowTap tap) {
        Matrices inputs = operands.inputs();
        Matrices kernels = operands.kernels();
        Matrices outputs = operands.outputs();
        List<Argument> arguments =
                switch (pass) {
                    case FORWARD ->
                        List.of(
                                Argument.of(DNNL_ARG_SRC, inputs.layout(layouts, precision, tap)),
                                Argument.of(DNNL_ARG_WEIGHTS, kernels.layout(layouts, precision, tap)),
                                Argument.of(DNNL_ARG_DST, outputs.layout(layouts, Precision.F32, tap)));
                    case DATA ->
                        List.of(
                                Argument.of(DNNL_ARG_DST, inputs.layout(layouts, Precision.F32, tap)),
                                Argument.of(DNNL_ARG_WEIGHTS, kernels.transposed(layouts, precision, tap)),
                                Argument.of(DNNL_ARG_SRC, outputs.layout(layouts, precision, tap)));
                    case WEIGHTS ->
                        List.of(
                                Argument.of(DNNL_ARG_SRC, inputs.transposed(layouts, precision, tap)),
                                Argument.of(DNNL_ARG_DST, kernels.layout(layouts, Precision.F32, tap)),
                                Argument.of(DNNL_ARG_WEIGHTS, outputs.layout(layouts, precision, tap)));
                };
        Candidate candidate = Candidate.of(
                oneDnn,
                d -> dnnl_matmul_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        descriptor(arguments, DNNL_ARG_SRC),
                        descriptor(arguments, DNNL_ARG_WEIGHTS),
                        null,
                        descriptor(arguments, DNNL_ARG_DST),
                        pass == Pass.WEIGHTS ? oneDnn.attributes() : oneDnn.accumulating()));
        return Candidate.usable(candidate).map(chosen -> new Primitive(oneDnn, chosen, arguments));
    }

    private static dnnl_memory_desc descriptor(List<Argument> arguments, int index) {
        return arguments.stream()
                .filter(argument -> argument.index() == index)
                .findFirst()
                .orElseThrow()
                .descriptor();
    }
}
