package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Parameters;
import dev.tandem.backend.cuda.driver.Ptx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/** The kernels of one device, loaded. */
public final class Kernels {
    // In passes over elements, for each multiprocessor: enough to fill it twice over, few enough to start fast.
    private static final int ELEMENT_BLOCKS_EACH = 16;

    // The suffix of a variant whose elements are in bfloat16.
    private static final String NARROW = "_bf16";
    // That of a product whose operands are in single precision, rounded to TF32.
    private static final String TF32 = "_tf32";

    private record Loaded(CUfunction function, Parameters parameters) {}

    private final Launcher launcher;
    private final int mostElementBlocks;
    private final Map<String, Kernel> kernels = new HashMap<>();
    private final @Nullable Conversions conversions;

    /**
     * Loads the kernels of {@code ptx} in the context that is current; {@code handles} get their modules.
     *
     * @param arena for elements that kernels need in another format
     */
    Kernels(List<Ptx> ptx, Launcher launcher, int multiprocessors, Arena arena, Handles handles) {
        this.launcher = launcher;
        mostElementBlocks = multiprocessors * ELEMENT_BLOCKS_EACH;
        Map<String, Loaded> loaded = new HashMap<>();
        ptx.forEach(one -> load(one, loaded, handles));
        loaded.forEach((name, one) -> {
            if (name.endsWith(NARROW)) {
                kernels.put(name, kernel(one, null, null));
            }
        });
        conversions = kernels.isEmpty() ? null : new Conversions(arena, get("narrow" + NARROW), get("widen" + NARROW));
        loaded.forEach((name, one) -> kernels.computeIfAbsent(
                name, absent -> kernel(one, kernels.get(absent.replace(TF32, "") + NARROW), conversions)));
    }

    private Kernel kernel(Loaded one, @Nullable Kernel narrow, @Nullable Conversions conversions) {
        return new Kernel(launcher, one.function, one.parameters, mostElementBlocks, narrow, conversions);
    }

    private static void load(Ptx ptx, Map<String, Loaded> loaded, Handles handles) {
        CUmodule module = new CUmodule();
        check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, ptx.image()));
        handles.add(() -> check("cuModuleUnload", JCudaDriver.cuModuleUnload(module)));
        ptx.kernels().forEach((name, parameters) -> {
            CUfunction function = new CUfunction();
            check("cuModuleGetFunction " + name, JCudaDriver.cuModuleGetFunction(function, module, name));
            loaded.put(name, new Loaded(function, parameters));
        });
    }

    /** The kernel called {@code name} in the sources. */
    public Kernel get(String name) {
        Kernel kernel = kernels.get(name);
        if (kernel == null) {
            throw new IllegalStateException("no kernel " + name);
        }
        return kernel;
    }

    /** Copies between the formats; null if no element is ever in bfloat16. */
    @Nullable
    Conversions conversions() {
        return conversions;
    }

    /**
     * The kernel for a tiled product: in TF32 if those kernels were loaded, otherwise in single precision. Its variant
     * multiplies operands that are in bfloat16.
     */
    public Kernel product(String name, Tiling tiling) {
        String exact = name + tiling.suffix();
        return kernels.getOrDefault(exact + TF32, get(exact));
    }

    /** The most blocks that a pass over elements takes. */
    public int mostElementBlocks() {
        return mostElementBlocks;
    }
}
