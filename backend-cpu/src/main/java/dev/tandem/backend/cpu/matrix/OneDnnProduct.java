package dev.tandem.backend.cpu.matrix;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ba;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Matrix products by oneDNN, of row-major matrices. */
final class OneDnnProduct implements ProductImplementation {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final Map<Key, Optional<Product>> products = new HashMap<>();

    /** Extents of the operands; {@code batch} is 0 if there is one matrix of each. */
    private record Key(int batch, int rows, int inner, int columns, boolean transposeA, boolean transposeB) {
        static Key of(Shape a, boolean transposeA, boolean transposeB, Shape out) {
            int last = out.rank() - 1;
            int inner = a.dim(transposeA ? last - 1 : last);
            int batch = last == 2 ? out.dim(0) : 0;
            return new Key(batch, out.dim(last - 1), inner, out.dim(last), transposeA, transposeB);
        }

        /** Matrices of the given extents, which stand transposed in memory if asked for. */
        Layout layout(Layouts layouts, Precision precision, boolean transposed, int height, int width) {
            return batch == 0
                    ? layouts.of(precision, transposed ? dnnl_ba : dnnl_ab, height, width)
                    : layouts.of(precision, transposed ? dnnl_acb : dnnl_abc, batch, height, width);
        }
    }

    /** A primitive and the layouts of its operands. */
    private record Product(Layout a, Layout b, Primitive primitive) {}

    OneDnnProduct(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
    }

    @Override
    public boolean product(CpuStorage a, boolean transposeA, CpuStorage b, boolean transposeB, CpuStorage out) {
        Key key = Key.of(a.shape, transposeA, transposeB, out.shape);
        Optional<Product> found = products.computeIfAbsent(key, this::plan);
        if (found.isEmpty()) {
            return false;
        }
        Product plan = found.get();
        storages.plain(a);
        storages.plain(b);
        Block left = storages.borrow(a, layouts.in(Precision.F32, plan.a()), plan.a());
        Block right = storages.borrow(b, layouts.in(Precision.F32, plan.b()), plan.b());
        plan.primitive()
                .run(left.pointer(), right.pointer(), storages.output(out).pointer());
        return true;
    }

    private Optional<Product> plan(Key key) {
        return layouts.products().stream()
                .flatMap(precision -> compile(key, precision).stream())
                .findFirst();
    }

    private Optional<Product> compile(Key key, Precision precision) {
        Layout a = key.layout(layouts, precision, key.transposeA(), key.rows(), key.inner());
        Layout b = key.layout(layouts, precision, key.transposeB(), key.inner(), key.columns());
        Layout out = key.layout(layouts, Precision.F32, false, key.rows(), key.columns());
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
                .map(chosen -> new Product(
                        a,
                        b,
                        new Primitive(
                                oneDnn,
                                chosen,
                                Primitive.Argument.of(DNNL_ARG_SRC, a),
                                Primitive.Argument.of(DNNL_ARG_WEIGHTS, b),
                                Primitive.Argument.of(DNNL_ARG_DST, out))));
    }
}
