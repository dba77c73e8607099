package dev.tandem.backend.cpu.matrix;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b32c;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
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
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.DoubleAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The forward pass of fully-connected layers whose weights inference keeps in 16 bits; inputs and sums stay in single
 * precision. oneDNN 3.11 and 3.13 add up wrongly if there are more than 512 such weights to a sum. So the inputs are
 * divided into slices, which are a batch of products, and their results are added here. A product that is not right
 * for small integers is not used. The order of addition is the same for any number of samples.
 */
final class ReducedLinear {
    /** The most inputs of a slice. */
    static final int LONGEST_SLICE = 512;

    private static final int SHORTEST_SLICE = 64;
    private static final int VECTOR = 16;

    /** More samples at a time would only take memory. */
    private static final int MOST_ROWS = 64;

    /** Half precision rounds what is below this more than bfloat16 does, in proportion. */
    private static final double LEAST_HALF = 0x1p-14;

    private static final double MOST_HALF = 65504;

    private static final Logger LOG = LoggerFactory.getLogger(ReducedLinear.class);

    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final ThreadTeam team;
    private final FlattenedRows inputs;
    private final PartialSums sums;
    private final int longestSlice;
    private final Map<Key, Optional<Plan>> plans = new HashMap<>();
    private final Map<Precision, Boolean> right = new EnumMap<>(Precision.class);

    private record Key(Precision precision, int slices, int rows, int slice, int out) {
        int in() {
            return slices * slice;
        }
    }

    /** The layout of the weights {@code (out, slices, slice)} and the products of the slices. */
    private record Plan(Layout w, Primitive primitive) {}

    /** For slices of at most {@code longestSlice} inputs. */
    ReducedLinear(Workbench bench, FlattenedRows inputs, int longestSlice) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.team = bench.team();
        this.inputs = inputs;
        this.sums = new PartialSums(bench);
        this.longestSlice = longestSlice;
    }

    /** As {@link LinearImplementation#forward}. */
    boolean forward(CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        int samples = x.shape.dim(0);
        int in = x.shape.dim(1);
        int out = w.shape.dim(0);
        int slice = slice(in);
        if (slice == 0) {
            return false;
        }
        Precision precision = precision(w);
        Key key = new Key(precision, in / slice, Math.min(samples, MOST_ROWS), slice, out);
        Optional<Plan> first = isRight(precision) ? plan(key) : Optional.empty();
        if (first.isEmpty()) {
            return false;
        }
        Block weights =
                storages.settleForInference(w, layouts.withColumns(first.get().w(), inputs.columns(x)));
        Block source = inputs.rows(x, Precision.F32);
        Block target = storages.output(y);
        Block offsets = bias == null ? null : storages.plain(bias);
        Block parts = storages.arena().allocate((long) key.slices() * key.rows() * out * Float.BYTES);
        for (int row = 0; row < samples; row += MOST_ROWS) {
            int rows = Math.min(MOST_ROWS, samples - row);
            Plan plan = plan(new Key(precision, key.slices(), rows, slice, out)).orElseThrow();
            plan.primitive().run(source.pointer((long) row * in * Float.BYTES), weights.pointer(), parts.pointer());
            sums.join(key.slices(), parts, rows, out, offsets, f, target, row);
        }
        storages.arena().release(parts);
        storages.done(x, source);
        return true;
    }

    /** The inputs of a slice: as many as divide all of them; 0 if none do. */
    private int slice(int in) {
        for (int slice = longestSlice; slice >= SHORTEST_SLICE; slice -= VECTOR) {
            if (in % slice == 0) {
                return slice;
            }
        }
        return 0;
    }

    /** What {@code w} is kept in: the wanted precision, unless half precision has too small a range for it. */
    private Precision precision(CpuStorage w) {
        if (w.precision() != Precision.F32) {
            return w.precision();
        }
        Precision wanted = layouts.inferenceWeights();
        if (wanted != Precision.F16 || !isRight(wanted)) {
            return wanted; // weights that stay in f32 are not looked at in each pass
        }
        double largest = largest(w);
        if (largest >= LEAST_HALF && largest <= MOST_HALF || largest == 0) {
            return Precision.F16;
        }
        LOG.warn(
                "tandem.cpu.inference-weights: a layer's {} weights are kept in bf16, as the largest is {}, and f16 is"
                        + " for {} to {}",
                w.shape,
                (float) largest,
                (float) LEAST_HALF,
                (float) MOST_HALF);
        return Precision.BF16;
    }

    private double largest(CpuStorage w) {
        DoubleAccumulator largest = new DoubleAccumulator(Math::max, 0);
        Block block = storages.plain(w);
        team.forEach(w.shape.elements(), FloatLoops.PIECE, (from, to) -> {
            float[] values = FloatLoops.pieces()[0];
            float most = 0;
            for (long at = from; at < to; at += values.length) {
                int count = (int) Math.min(values.length, to - at);
                block.get(at, values, 0, count);
                for (int i = 0; i < count; i++) {
                    most = Math.max(most, Math.abs(values[i]));
                }
            }
            largest.accumulate(most);
        });
        return largest.get();
    }

    private Optional<Plan> plan(Key key) {
        return plans.computeIfAbsent(key, this::compile);
    }

    private Optional<Plan> compile(Key key) {
        Layout x = layouts.strided(
                new long[] {key.slices(), key.rows(), key.slice()}, new long[] {key.slice(), key.in(), 1});
        Layout w = layouts.of(key.precision(), dnnl_aCB16b32c, key.slices(), key.slice(), key.out());
        Layout y = layouts.plain(key.slices(), key.rows(), key.out());
        Candidate candidate = Candidate.of(
                oneDnn,
                d -> dnnl_matmul_primitive_desc_create(
                        d, oneDnn.engine(), x.descriptor(), w.descriptor(), null, y.descriptor(), oneDnn.attributes()));
        return Candidate.usable(candidate)
                .map(chosen -> new Plan(
                        layouts.permuted(w, 1, 2, 0),
                        new Primitive(
                                oneDnn,
                                chosen,
                                Primitive.Argument.of(DNNL_ARG_SRC, x),
                                Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                                Primitive.Argument.of(DNNL_ARG_DST, y))));
    }

    /** Whether oneDNN's products of the longest slices are right, in a small example, whose sums are exact. */
    private boolean isRight(Precision precision) {
        return right.computeIfAbsent(precision, p -> {
            boolean found = isRight(p, 1) && isRight(p, 3);
            if (!found) {
                LOG.warn(
                        "tandem.cpu.inference-weights: oneDNN has no right product with {} weights here;"
                                + " they stay in f32",
                        p.name().toLowerCase(Locale.ROOT));
            }
            return found;
        });
    }

    private boolean isRight(Precision precision, int rows) {
        Key key = new Key(precision, 2, rows, longestSlice, 2 * SHORTEST_SLICE);
        Optional<Plan> plan = compile(key);
        if (plan.isEmpty()) {
            return false;
        }
        float[] x = pattern(rows * key.in(), 7);
        float[] w = pattern(key.out() * key.in(), 5);
        Layout written = layouts.plain(plan.get().w().dims());
        Block plain = storages.arena().allocate(written.bytes());
        plain.put(0, w, 0, w.length);
        Block weights = storages.converted(plain, written, plan.get().w());
        Block source = storages.arena().allocate((long) x.length * Float.BYTES);
        source.put(0, x, 0, x.length);
        float[] y = new float[key.slices() * rows * key.out()];
        Block target = storages.arena().allocate((long) y.length * Float.BYTES);
        plan.get().primitive().run(source.pointer(), weights.pointer(), target.pointer());
        target.get(0, y, 0, y.length);
        for (Block block : new Block[] {plain, weights, source, target}) {
            storages.arena().release(block);
        }
        return Arrays.equals(y, products(key, x, w));
    }

    /** Integers from -(most / 2) on, in an order that repeats late. */
    private static float[] pattern(int count, int most) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (int) ((i * 2654435761L >>> 13) % most) - most / 2;
        }
        return values;
    }

    private static float[] products(Key key, float[] x, float[] w) {
        float[] y = new float[key.slices() * key.rows() * key.out()];
        for (int i = 0; i < y.length; i++) {
            int out = i % key.out();
            int row = i / key.out() % key.rows();
            int first = i / key.out() / key.rows() * key.slice();
            for (int k = first; k < first + key.slice(); k++) {
                y[i] += x[row * key.in() + k] * w[out * key.in() + k];
            }
        }
        return y;
    }
}
