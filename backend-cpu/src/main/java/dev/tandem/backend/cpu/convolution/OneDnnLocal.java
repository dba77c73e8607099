package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.convolution.LocalProducts.Pass;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The locally connected layer as batches of matrix products by oneDNN, one for each place, without a copy of the
 * windows. Maps lie place by place, {@code (H, W, N, C)}. Then what is under one tap of the windows, at all places, is
 * a batch of matrices {@code (N, C)} of the map itself, and its part in the sums is one batched product. What lies in
 * the padding is not computed.
 */
final class OneDnnLocal implements LocalImplementation {
    /** oneDNN sums the outputs of one row in another order than those of several; so one sample gets a spare row. */
    private static final int LEAST_ROWS = 2;

    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final PlaceLoops loops;
    private final PlainElementwise elementwise;
    private final Map<Key, Optional<LocalProducts>> plans = new HashMap<>();

    private record Key(Pass pass, ConvolutionProblem problem) {}

    OneDnnLocal(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.loops = new PlaceLoops(bench.team());
        this.elementwise = new PlainElementwise(bench.team());
    }

    private Optional<LocalProducts> plan(Pass pass, ConvolutionProblem problem) {
        return plans.computeIfAbsent(
                new Key(pass, problem),
                key -> layouts.products().stream()
                        .flatMap(precision -> LocalProducts.compile(oneDnn, layouts, pass, precision, problem).stream())
                        .findFirst());
    }

    @Override
    public boolean forward(
            ConvolutionProblem problem, CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        ConvolutionProblem whole = problem.withSamples(Math.max(LEAST_ROWS, problem.samples()));
        Optional<LocalProducts> found = plan(Pass.FORWARD, whole);
        if (found.isEmpty()) {
            return false;
        }
        LocalProducts plan = found.get();
        boolean hasSpare = whole.samples() > problem.samples();
        Block source = hasSpare ? withSpareRow(x, problem.source(), plan.inputs()) : maps(x, plan.inputs());
        Block weights = storages.parameter(w, plan.kernels());
        float[] offsets = PlaceCopies.bias(problem, bias == null ? null : storages.plain(bias));
        Block target =
                hasSpare ? storages.arena().allocate(plan.outputs().bytes()) : storages.output(y, plan.outputs());
        loops.fill(whole, offsets, target);
        plan.run(source, weights, target);
        if (f != UnaryFunction.IDENTITY) {
            elementwise.unary(f, plan.outputs().elements(), target, target);
        }
        storages.done(x, source);
        storages.done(w, weights);
        if (hasSpare) {
            Layout row = LocalProducts.firstOf(layouts, plan.outputs(), problem.target());
            storages.convert(target, row, storages.output(y), layouts.plain(problem.target()));
            storages.arena().release(target);
        }
        return true;
    }

    @Override
    public boolean backwardData(ConvolutionProblem problem, CpuStorage dy, CpuStorage w, CpuStorage dx) {
        Optional<LocalProducts> found = plan(Pass.DATA, problem);
        if (found.isEmpty()) {
            return false;
        }
        LocalProducts plan = found.get();
        Block gradient = maps(dy, plan.outputs());
        Block weights = storages.parameter(w, plan.kernels());
        Block target = storages.output(dx, plan.inputs());
        elementwise.fill(plan.inputs().elements(), 0, target);
        plan.run(target, weights, gradient);
        storages.done(dy, gradient);
        storages.done(w, weights);
        return true;
    }

    @Override
    public boolean backwardWeights(
            ConvolutionProblem problem, CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias) {
        Optional<LocalProducts> found = plan(Pass.WEIGHTS, problem);
        if (found.isEmpty()) {
            return false;
        }
        LocalProducts plan = found.get();
        Block source = maps(x, plan.inputs());
        Block gradient = maps(dy, plan.outputs());
        Block target = storages.output(dw, plan.kernels());
        loops.clearPadding(problem, target);
        plan.run(source, target, gradient);
        storages.done(x, source);
        storages.done(dy, gradient);
        if (dbias != null) {
            Block exact = maps(dy, LocalProducts.maps(layouts, Precision.F32, problem.target()));
            loops.sumSamples(problem, exact, storages.output(dbias));
            storages.done(dy, exact);
        }
        return true;
    }

    /** The maps in {@code wanted}; pass the block to {@link Storages#done} afterwards. */
    private Block maps(CpuStorage maps, Layout wanted) {
        return storages.borrow(maps, storages.layout(maps, wanted.dims()), wanted);
    }

    /** The one sample of {@code x} as the first of {@code wanted}; the other is anything. Pass it on as {@link #maps}. */
    private Block withSpareRow(CpuStorage x, long[] dims, Layout wanted) {
        Layout now = storages.layout(x, dims);
        Block rows = storages.arena().allocate(wanted.bytes());
        storages.convert(x.block, now, rows, LocalProducts.firstOf(layouts, wanted, dims));
        return rows;
    }
}
