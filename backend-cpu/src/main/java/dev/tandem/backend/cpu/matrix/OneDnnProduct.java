package dev.tandem.backend.cpu.matrix;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Matrix products by oneDNN, of row-major matrices. */
final class OneDnnProduct implements ProductImplementation {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final Map<Key, Optional<Product>> products = new HashMap<>();

    private record Key(int rows, int inner, int columns, boolean transposeA, boolean transposeB) {}

    /** A primitive and the layouts of its operands. */
    private record Product(Layout a, Layout b, Primitive primitive) {}

    OneDnnProduct(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
    }

    @Override
    public boolean product(CpuStorage a, boolean transposeA, CpuStorage b, boolean transposeB, CpuStorage out) {
        Key key = new Key(out.shape.dim(0), a.shape.dim(transposeA ? 0 : 1), out.shape.dim(1), transposeA, transposeB);
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
        Layout a = layouts.of(precision, key.transposeA() ? dnnl_ba : dnnl_ab, key.rows(), key.inner());
        Layout b = layouts.of(precision, key.transposeB() ? dnnl_ba : dnnl_ab, key.inner(), key.columns());
        Layout out = layouts.plain(key.rows(), key.columns());
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
