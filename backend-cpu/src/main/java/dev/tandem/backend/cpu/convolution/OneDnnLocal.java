package dev.tandem.backend.cpu.convolution;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import dev.tandem.backend.cpu.convolution.PlaceCopies.Rows;
import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The locally connected layer as batches of matrix products by oneDNN, one for each place. Maps have their channels
 * innermost, and so have the kernels, which lie place by place: {@code (places, K, kh, kw, C)}. The windows of all
 * samples are copied for as many rows of places at a time as stay in the caches.
 */
final class OneDnnLocal implements LocalImplementation {
    private static final long CHUNK_BYTES = 16 << 20;

    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final PlaceCopies copies;
    private final Map<Key, Optional<Plan>> plans = new HashMap<>();

    private enum Pass {
        /** Outputs {@code (N, K)}: windows {@code (N, inputs)} times kernels {@code (K, inputs)}, transposed. */
        FORWARD,
        /** Gradients of windows {@code (N, inputs)}: those of outputs {@code (N, K)} times kernels. */
        DATA,
        /** Gradients of kernels {@code (K, inputs)}: those of outputs, transposed, times windows. */
        WEIGHTS
    }

    private record Key(Pass pass, ConvolutionProblem problem) {
        /**
         * The rows of the operands. oneDNN sums the outputs of one row in another order; so one sample is multiplied
         * along with a row of anything, for the same bits as in a batch.
         */
        int samples() {
            return pass == Pass.FORWARD ? Math.max(2, problem.samples()) : problem.samples();
        }
    }

    /** The products of full chunks, of {@code rows} rows of places, and of the last one. */
    private record Plan(Key key, Precision precision, int rows, Primitive full, Primitive last) {
        ConvolutionProblem problem() {
            return key.problem();
        }

        /** The problem in words of memory: two numbers in 16 bits are copied as one. */
        ConvolutionProblem words() {
            int each = Float.BYTES / precision.bytes();
            ConvolutionProblem whole = problem();
            return new ConvolutionProblem(
                    whole.samples(),
                    whole.channels() / each,
                    whole.height(),
                    whole.width(),
                    whole.kernels() / each,
                    whole.spec());
        }

        long bytes(int places, long width) {
            return places * key.samples() * width * Float.BYTES;
        }

        /** The address in {@code weights} of the kernels at the first place of {@code chunk}. */
        long weights(Rows chunk, Precision their) {
            return (long) chunk.firstPlace() * problem().kernels() * PlaceCopies.inputs(problem()) * their.bytes();
        }
    }

    OneDnnLocal(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.copies = new PlaceCopies(bench.team(), true);
    }

    private interface OnChunk {
        void run(Rows rows, Primitive product);
    }

    private static void forEachChunk(Plan plan, OnChunk body) {
        long[] target = plan.problem().target();
        for (int first = 0; first < target[2]; first += plan.rows()) {
            int count = (int) Math.min(plan.rows(), target[2] - first);
            Rows rows = new Rows(first, count, (int) target[3], plan.key().samples());
            body.run(rows, count == plan.rows() ? plan.full() : plan.last());
        }
    }

    @Override
    public boolean forward(
            ConvolutionProblem problem, CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        Optional<Plan> found = plan(Pass.FORWARD, problem);
        if (found.isEmpty()) {
            return false;
        }
        Plan plan = found.get();
        Precision precision = plan.precision();
        Arena arena = storages.arena();
        Block source = maps(x, precision, problem.source());
        Block weights = storages.parameter(w, weights(problem, precision));
        float[] offsets = PlaceCopies.bias(problem, bias == null ? null : storages.plain(bias));
        Block target = storages.output(y, layouts.channelsLast(Precision.F32, problem.target()));
        int places = plan.rows() * (int) problem.target()[3];
        Block windows = arena.allocate(plan.bytes(places, PlaceCopies.inputs(plan.words())));
        Block sums = arena.allocate(plan.bytes(places, problem.kernels()));
        forEachChunk(plan, (rows, product) -> {
            copies.gather(plan.words(), source, rows, windows);
            product.run(windows.pointer(), weights.pointer(plan.weights(rows, precision)), sums.pointer());
            copies.fromPlaces(problem, sums, rows, offsets, PlainElementwise.loop(f), target);
        });
        arena.release(sums);
        arena.release(windows);
        storages.done(x, source);
        storages.done(w, weights);
        return true;
    }

    @Override
    public boolean backwardData(ConvolutionProblem problem, CpuStorage dy, CpuStorage w, CpuStorage dx) {
        Optional<Plan> found = plan(Pass.DATA, problem);
        if (found.isEmpty()) {
            return false;
        }
        Plan plan = found.get();
        Precision precision = plan.precision();
        Arena arena = storages.arena();
        Block gradient = maps(dy, precision, problem.target());
        Block weights = storages.parameter(w, weights(problem, precision));
        Block target = storages.output(dx, layouts.channelsLast(Precision.F32, problem.source()));
        int places = plan.rows() * (int) problem.target()[3];
        Block outputs = arena.allocate(plan.bytes(places, plan.words().kernels()));
        Block windows = arena.allocate(plan.bytes(places, PlaceCopies.inputs(problem)));
        forEachChunk(plan, (rows, product) -> {
            copies.toPlaces(plan.words(), gradient, rows, outputs);
            product.run(outputs.pointer(), weights.pointer(plan.weights(rows, precision)), windows.pointer());
            copies.scatter(problem, windows, rows, target);
        });
        arena.release(windows);
        arena.release(outputs);
        storages.done(dy, gradient);
        storages.done(w, weights);
        return true;
    }

    @Override
    public boolean backwardWeights(
            ConvolutionProblem problem, CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias) {
        Optional<Plan> found = plan(Pass.WEIGHTS, problem);
        if (found.isEmpty()) {
            return false;
        }
        Plan plan = found.get();
        Precision precision = plan.precision();
        Arena arena = storages.arena();
        Block source = maps(x, precision, problem.source());
        Block gradient = maps(dy, precision, problem.target());
        Block target = storages.output(dw, weights(problem, Precision.F32));
        int places = plan.rows() * (int) problem.target()[3];
        Block outputs = arena.allocate(plan.bytes(places, plan.words().kernels()));
        Block windows = arena.allocate(plan.bytes(places, PlaceCopies.inputs(plan.words())));
        forEachChunk(plan, (rows, product) -> {
            copies.toPlaces(plan.words(), gradient, rows, outputs);
            copies.gather(plan.words(), source, rows, windows);
            product.run(outputs.pointer(), windows.pointer(), target.pointer(plan.weights(rows, Precision.F32)));
        });
        arena.release(windows);
        arena.release(outputs);
        storages.done(x, source);
        storages.done(dy, gradient);
        if (dbias != null) {
            Block exact = maps(dy, Precision.F32, problem.target());
            copies.sumSamples(problem, exact, storages.output(dbias));
            storages.done(dy, exact);
        }
        return true;
    }

    /** The maps with their channels innermost; pass the block to {@link Storages#done} afterwards. */
    private Block maps(CpuStorage maps, Precision precision, long[] dims) {
        return storages.borrow(maps, storages.layout(maps, dims), layouts.channelsLast(precision, dims));
    }

    private Layout weights(ConvolutionProblem problem, Precision precision) {
        long kernels = problem.kernels();
        long channels = problem.channels();
        long inputs = PlaceCopies.inputs(problem);
        return layouts.strided(
                precision,
                new long[] {kernels, PlaceCopies.places(problem), channels, inputs / channels},
                new long[] {inputs, kernels * inputs, 1, channels});
    }

    private Optional<Plan> plan(Pass pass, ConvolutionProblem problem) {
        return plans.computeIfAbsent(
                new Key(pass, problem),
                key -> layouts.products().stream()
                        .filter(precision -> isWholeWords(precision, problem))
                        .flatMap(precision -> compile(key, precision).stream())
                        .findFirst());
    }

    /** Numbers in 16 bits are copied in pairs. */
    private static boolean isWholeWords(Precision precision, ConvolutionProblem problem) {
        return precision == Precision.F32 || problem.channels() % 2 == 0 && problem.kernels() % 2 == 0;
    }

    private Optional<Plan> compile(Key key, Precision precision) {
        ConvolutionProblem problem = key.problem();
        int height = (int) problem.target()[2];
        long rowBytes = problem.target()[3] * problem.samples() * PlaceCopies.inputs(problem) * Float.BYTES;
        int rows = (int) Math.max(1, Math.min(height, CHUNK_BYTES / rowBytes));
        Optional<Primitive> full = product(key, precision, rows);
        Optional<Primitive> last = height % rows == 0 ? full : product(key, precision, height % rows);
        return full.flatMap(one -> last.map(other -> new Plan(key, precision, rows, one, other)));
    }

    private Optional<Primitive> product(Key key, Precision precision, int rows) {
        long places = rows * key.problem().target()[3];
        long samples = key.samples();
        long kernels = key.problem().kernels();
        long inputs = PlaceCopies.inputs(key.problem());
        return switch (key.pass()) {
            case FORWARD ->
                product(
                        layouts.of(precision, dnnl_abc, places, samples, inputs),
                        layouts.of(precision, dnnl_acb, places, inputs, kernels),
                        layouts.plain(places, samples, kernels));
            case DATA ->
                product(
                        layouts.of(precision, dnnl_abc, places, samples, kernels),
                        layouts.of(precision, dnnl_abc, places, kernels, inputs),
                        layouts.plain(places, samples, inputs));
            case WEIGHTS ->
                product(
                        layouts.of(precision, dnnl_acb, places, kernels, samples),
                        layouts.of(precision, dnnl_abc, places, samples, inputs),
                        layouts.plain(places, kernels, inputs));
        };
    }

    private Optional<Primitive> product(Layout a, Layout b, Layout out) {
        Candidate candidate = Candidate.of(
                oneDnn,
                d -> dnnl_matmul_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        a.descriptor(),
                        b.descriptor(),
                        null,
                        out.descriptor(),
                        oneDnn.attributes()));
        return Candidate.usable(candidate)
                .map(chosen -> new Primitive(
                        oneDnn,
                        chosen,
                        Primitive.Argument.of(DNNL_ARG_SRC, a),
                        Primitive.Argument.of(DNNL_ARG_WEIGHTS, b),
                        Primitive.Argument.of(DNNL_ARG_DST, out)));
    }
}
