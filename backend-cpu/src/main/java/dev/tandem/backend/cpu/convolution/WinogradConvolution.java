package dev.tandem.backend.cpu.convolution;

import static dev.tandem.backend.cpu.convolution.WinogradTransforms.POINTS;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Convolution by 3 x 3 kernels with 2.25 times fewer multiplications: {@link WinogradTransforms}. oneDNN has none for
 * single precision since release 3. The gradient with respect to the input is such a convolution, too, by the kernels
 * turned by half. Methods return false where it does not gain: for other windows, few channels and short rows. For one
 * sample it loses little, and its bits have to be those that the sample has in a batch.
 */
final class WinogradConvolution implements ConvolutionImplementation {
    private static final int VECTOR = 16;
    private static final int FEWEST_CHANNELS = 64;
    /** In shorter rows the transforms, and the start of threads for them, take longer than the products spare. */
    private static final int SHORTEST_ROW = 9;

    private static final int TAPS = 3;

    private final Workbench bench;
    private final Layouts layouts;
    private final Storages storages;
    private final ThreadTeam team;
    private final Map<ConvolutionProblem, Optional<WinogradProduct>> products = new HashMap<>();

    /** What transformed kernels are kept as. */
    private record Transformed(Layout layout, boolean turned) {}

    WinogradConvolution(Workbench bench) {
        this.bench = bench;
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.team = bench.team();
    }

    private boolean gains(ConvolutionProblem problem) {
        Window window = problem.spec().window();
        int in = problem.channels() / problem.spec().groups();
        int out = problem.kernels() / problem.spec().groups();
        return layouts.products().equals(List.of(Precision.F32))
                && window.height() == TAPS
                && window.width() == TAPS
                && window.strideY() == 1
                && window.strideX() == 1
                && Math.min(in, out) >= FEWEST_CHANNELS
                && in % VECTOR == 0
                && out % VECTOR == 0
                && Math.min(problem.width(), problem.target()[3]) >= SHORTEST_ROW;
    }

    @Override
    public boolean forward(
            CpuStorage x, CpuStorage w, CpuStorage bias, ConvolutionSpec spec, UnaryFunction f, CpuStorage y) {
        ConvolutionProblem problem = ConvolutionProblem.of(x.shape, w.shape.dim(0), spec);
        boolean rectified = f == UnaryFunction.RELU;
        Optional<WinogradProduct> product =
                rectified || f == UnaryFunction.IDENTITY ? product(problem) : Optional.empty();
        if (product.isEmpty()) {
            return false;
        }
        float[] offsets = null;
        if (bias != null) {
            offsets = new float[problem.kernels()];
            storages.plain(bias).get(0, offsets, 0, offsets.length);
        }
        Block kernels = kernels(problem, w, false, product.get().kernels());
        run(problem, product.get(), x, kernels, offsets, rectified, y);
        return true;
    }

    @Override
    public boolean backwardData(CpuStorage dy, CpuStorage w, ConvolutionSpec spec, CpuStorage dx) {
        ConvolutionProblem problem = ConvolutionProblem.of(dx.shape, w.shape.dim(0), spec);
        if (!gains(problem)) {
            return false;
        }
        ConvolutionProblem gradient = turned(problem);
        Optional<WinogradProduct> product = product(gradient);
        if (product.isEmpty()) {
            return false;
        }
        Block kernels = kernels(problem, w, true, product.get().kernels());
        run(gradient, product.get(), dy, kernels, null, false, dx);
        return true;
    }

    /** Left to the next implementation. */
    @Override
    public boolean backwardWeights(CpuStorage x, CpuStorage dy, ConvolutionSpec spec, CpuStorage dw, CpuStorage dbias) {
        return false;
    }

    /** From the gradient with respect to the output to that with respect to the input. */
    private static ConvolutionProblem turned(ConvolutionProblem problem) {
        Window window = problem.spec().window();
        int most = TAPS - 1;
        Window turned = new Window(
                TAPS,
                TAPS,
                1,
                1,
                most - window.padTop(),
                most - window.padLeft(),
                most - window.padBottom(),
                most - window.padRight());
        long[] target = problem.target();
        return new ConvolutionProblem(
                problem.samples(),
                problem.kernels(),
                (int) target[2],
                (int) target[3],
                problem.channels(),
                new ConvolutionSpec(turned, problem.spec().groups()));
    }

    private Optional<WinogradProduct> product(ConvolutionProblem problem) {
        return products.computeIfAbsent(problem, p -> gains(p) ? WinogradProduct.of(bench, p) : Optional.empty());
    }

    private void run(
            ConvolutionProblem problem,
            WinogradProduct product,
            CpuStorage x,
            Block kernels,
            float[] bias,
            boolean rectified,
            CpuStorage y) {
        Layout now = storages.layout(x, problem.source());
        Block source = storages.borrow(x, now, layouts.channelsLast(Precision.F32, problem.source()));
        Block target = storages.output(y, layouts.channelsLast(Precision.F32, problem.target()));
        product.run(source, kernels, bias, rectified, target);
        storages.done(x, source);
    }

    /** The transformed kernels, kept with {@code w} until it changes; turned by half for the gradient. */
    private Block kernels(ConvolutionProblem problem, CpuStorage w, boolean turned, Layout wanted) {
        Layout now = storages.layout(w, problem.weights());
        return storages.derived(w, new Transformed(wanted, turned), () -> transform(problem, w, now, turned, wanted));
    }

    private Block transform(ConvolutionProblem problem, CpuStorage w, Layout now, boolean turned, Layout wanted) {
        int groups = problem.spec().groups();
        long in = problem.channels() / groups;
        long out = problem.kernels() / groups;
        Arena arena = storages.arena();
        // One tap after the other, output channels innermost.
        Layout taps = groups == 1
                ? layouts.strided(problem.weights(), new long[] {1, out, TAPS * in * out, in * out})
                : layouts.strided(
                        problem.weights(), new long[] {TAPS * TAPS * in * out, 1, out, TAPS * in * out, in * out});
        Block source = storages.borrow(w, now, taps);
        long points = (long) groups * POINTS * POINTS;
        Block plain = arena.allocate(points * in * out * Float.BYTES);
        team.forEach(groups * in * out, FloatLoops.PIECE, (from, to) -> {
            long at = from;
            while (at < to) {
                long group = at / (in * out);
                int count = (int) Math.min(Math.min(FloatLoops.PIECE, to - at), (group + 1) * in * out - at);
                transformPiece(source, plain, group, at - group * in * out, in * out, count, turned);
                at += count;
            }
        });
        storages.done(w, source);
        Layout written = turned
                ? layouts.strided(new long[] {points, out, in}, new long[] {in * out, 1, out})
                : layouts.plain(points, in, out);
        Block result = storages.converted(plain, written, wanted);
        arena.release(plain);
        return result;
    }

    private static void transformPiece(
            Block source, Block plain, long group, long at, long size, int count, boolean turned) {
        float[][] lines = WinogradTransforms.lines(FloatLoops.PIECE);
        float[][] taps = Arrays.copyOfRange(lines, 0, TAPS * TAPS);
        for (int tap = 0; tap < taps.length; tap++) {
            source.get((group * taps.length + tap) * size + at, taps[tap], 0, count);
        }
        float[][] columns = Arrays.copyOfRange(lines, taps.length, taps.length + POINTS * TAPS);
        float[][] column = Arrays.copyOfRange(lines, lines.length - POINTS, lines.length);
        for (int c = 0; c < TAPS; c++) {
            WinogradTransforms.kernel(taps[c], taps[TAPS + c], taps[2 * TAPS + c], columns, POINTS * c, count);
        }
        for (int r = 0; r < POINTS; r++) {
            WinogradTransforms.kernel(columns[r], columns[POINTS + r], columns[2 * POINTS + r], column, 0, count);
            for (int c = 0; c < POINTS; c++) {
                int point = turned ? POINTS * turned(r) + turned(c) : POINTS * r + c;
                plain.put((group * POINTS * POINTS + point) * size + at, column[c], 0, count);
            }
        }
    }

    /** To turn a kernel exchanges the first point and the last, and leaves the two between. */
    private static int turned(int point) {
        return point == 0 ? POINTS - 1 : point == POINTS - 1 ? 0 : point;
    }
}
