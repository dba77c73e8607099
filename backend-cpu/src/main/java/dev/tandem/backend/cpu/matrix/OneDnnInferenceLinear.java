package dev.tandem.backend.cpu.matrix;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_AB16b32a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_AB16b64a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_AB16b64a2b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a32b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a64b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a64b2a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.FusedActivation;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The forward pass of fully-connected layers whose weights only inference uses. With few samples the time is that of
 * reading the weights, so these lie in the order in which the product reads them: oneDNN's own choice for one sample
 * leaves them row-major and reads them at half the speed of memory. Layout and order of addition are the same for any
 * number of samples, as a service computes batches of many sizes in turn, and a sample's outputs must not depend on
 * the others.
 */
final class OneDnnInferenceLinear {
    /**
     * Fewer weights are never kept in lower precision: reading them takes little time, and the rounding of a last layer
     * would be in the scores.
     */
    private static final long LEAST_REDUCED = 1 << 22;

    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final FlattenedRows inputs;
    private final ReducedLinear reduced;
    private final List<Operands> operands = new ArrayList<>();
    private final Map<Key, Optional<Plan>> plans = new HashMap<>();

    private record Key(int samples, int in, int out, boolean bias, UnaryFunction f) {}

    /** The precision of inputs and weights, and the order of the weights. */
    private record Operands(Precision precision, Blocks blocks) {}

    /** A primitive for so many rows, and the layout of its weights {@code (out, in)}. */
    private record Plan(int rows, Layout w, Primitive primitive) {}

    /** Which weights are neighbours in memory. */
    private enum Blocks {
        /** For each of 16 inputs those of 64 outputs, which four of the widest vector registers hold. */
        OF_64(dnnl_AB16b64a, dnnl_BA16a64b, 2),
        /** The same, in pairs of inputs, as the instructions for bfloat16 multiply them. */
        OF_64_PAIRS(dnnl_AB16b64a2b, dnnl_BA16a64b2a, 2),
        /** For each of 16 inputs those of 32 outputs, for registers of half the width. */
        OF_32(dnnl_AB16b32a, dnnl_BA16a32b, 1);

        private final int tag;
        private final int transposed;
        private final int leastRows;

        /**
         * @param tag oneDNN's for the weights {@code (out, in)}
         * @param transposed its tag for the same memory as {@code (in, out)}
         * @param leastRows from so many rows on oneDNN adds up in one order; they take no longer than a single row
         */
        Blocks(int tag, int transposed, int leastRows) {
            this.tag = tag;
            this.transposed = transposed;
            this.leastRows = leastRows;
        }
    }

    OneDnnInferenceLinear(Workbench bench, FlattenedRows inputs) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.inputs = inputs;
        this.reduced = new ReducedLinear(bench, inputs, ReducedLinear.LONGEST_SLICE);
        Blocks blocks = NativeLibraries.hasAvx512() ? Blocks.OF_64 : Blocks.OF_32;
        if (layouts.products().contains(Precision.BF16)) {
            operands.add(new Operands(Precision.BF16, Blocks.OF_64_PAIRS));
        }
        operands.add(new Operands(Precision.F32, blocks));
    }

    /** As {@link LinearImplementation#forward}. */
    boolean forward(CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        Key key = new Key(x.shape.dim(0), x.shape.dim(1), w.shape.dim(0), bias != null, f);
        boolean multipliedAsKept = layouts.products().contains(layouts.inferenceWeights());
        if (isReduced(key) && !multipliedAsKept && reduced.forward(x, w, bias, f, y)) {
            return true;
        }
        Optional<Plan> found = plans.computeIfAbsent(key, this::plan);
        if (found.isEmpty()) {
            return false;
        }
        Plan plan = found.get();
        Layout wanted = layouts.withColumns(plan.w(), inputs.columns(x));
        // Weights that are kept in single precision stay so: bfloat16 products have a copy.
        Block weights = wanted.precision() == Precision.F32 || isReduced(key)
                ? storages.settleForInference(w, wanted)
                : storages.parameter(w, wanted);
        Block source = inputs.rows(x, plan.w().precision());
        Block target = storages.output(y);
        Block offsets = bias == null ? null : storages.plain(bias);
        if (plan.rows() == key.samples()) {
            run(plan, source, weights, target, offsets);
        } else {
            runRepeated(plan, key, source, weights, target, offsets);
        }
        storages.done(x, source);
        return true;
    }

    /** Whether the weights are kept in lower precision. */
    private boolean isReduced(Key key) {
        return layouts.inferenceWeights() != Precision.F32 && (long) key.in() * key.out() >= LEAST_REDUCED;
    }

    private static void run(Plan plan, Block source, Block weights, Block target, Block offsets) {
        if (offsets == null) {
            plan.primitive().run(source.pointer(), weights.pointer(), target.pointer());
        } else {
            plan.primitive().run(source.pointer(), weights.pointer(), target.pointer(), offsets.pointer());
        }
    }

    /** One sample in each of the rows. */
    private void runRepeated(Plan plan, Key key, Block source, Block weights, Block target, Block offsets) {
        int words = key.in() / (Float.BYTES / plan.w().precision().bytes());
        Block sources = storages.arena().allocate((long) plan.rows() * words * Float.BYTES);
        Block targets = storages.arena().allocate((long) plan.rows() * key.out() * Float.BYTES);
        for (int row = 0; row < plan.rows(); row++) {
            sources.copy(source, 0, (long) row * words, words);
        }
        run(plan, sources, weights, targets, offsets);
        target.copy(targets, 0, 0, key.out());
        storages.arena().release(sources);
        storages.arena().release(targets);
    }

    private Optional<Plan> plan(Key key) {
        return operands.stream()
                .flatMap(form -> compile(atLeast(form, key), form).stream())
                .findFirst();
    }

    /** With as many rows as oneDNN needs to add up in the usual order; rows are copied in words of four bytes. */
    private static Key atLeast(Operands form, Key key) {
        boolean wholeWords = key.in() % (Float.BYTES / form.precision().bytes()) == 0;
        int rows = wholeWords ? Math.max(key.samples(), form.blocks().leastRows) : key.samples();
        return new Key(rows, key.in(), key.out(), key.bias(), key.f());
    }

    /** The product of all rows of {@code key}. */
    private Optional<Plan> compile(Key key, Operands form) {
        return FusedActivation.forms(key.f(), oneDnn, layouts).stream()
                .flatMap(activation -> compile(key, form, activation).stream())
                .findFirst();
    }

    private Optional<Plan> compile(Key key, Operands form, FusedActivation activation) {
        Blocks blocks = form.blocks();
        Layout x = layouts.plain(form.precision(), key.samples(), key.in());
        Layout w = layouts.of(form.precision(), blocks.transposed, key.in(), key.out());
        Layout y = layouts.plain(key.samples(), key.out());
        Layout bias = key.bias() ? layouts.plain(1, key.out()) : null;
        Candidate candidate = Candidate.of(
                oneDnn,
                d -> dnnl_matmul_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        x.descriptor(),
                        w.descriptor(),
                        bias == null ? null : bias.descriptor(),
                        y.descriptor(),
                        activation.attributes()));
        return Candidate.usable(candidate).map(chosen -> {
            List<Primitive.Argument> arguments = new ArrayList<>(List.of(
                    Primitive.Argument.of(DNNL_ARG_SRC, x),
                    Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                    Primitive.Argument.of(DNNL_ARG_DST, y)));
            if (bias != null) {
                arguments.add(Primitive.Argument.of(DNNL_ARG_BIAS, bias));
            }
            arguments.addAll(activation.arguments(y.dims().length));
            return new Plan(
                    key.samples(),
                    layouts.of(form.precision(), blocks.tag, key.out(), key.in()),
                    new Primitive(oneDnn, chosen, arguments));
        });
    }
}
