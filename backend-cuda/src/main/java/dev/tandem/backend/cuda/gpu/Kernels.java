package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Ptx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** The kernels of one device, loaded. */
public final class Kernels {
    // In passes over elements, for each multiprocessor: enough to fill it twice over, few enough to start fast.
    private static final int ELEMENT_BLOCKS_EACH = 16;

    private final Launcher launcher;
    private final int mostElementBlocks;
    private final Map<String, Kernel> kernels = new HashMap<>();

    /** Loads the kernels of {@code ptx} in the context that is current; {@code handles} get their modules. */
    Kernels(List<Ptx> ptx, Launcher launcher, int multiprocessors, Handles handles) {
        this.launcher = launcher;
        mostElementBlocks = multiprocessors * ELEMENT_BLOCKS_EACH;
        ptx.forEach(one -> load(one, handles));
    }

    private void load(Ptx ptx, Handles handles) {
        CUmodule module = new CUmodule();
        check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, ptx.image()));
        handles.add(() -> check("cuModuleUnload", JCudaDriver.cuModuleUnload(module)));
        ptx.kernels().forEach((name, parameters) -> {
            CUfunction function = new CUfunction();
            check("cuModuleGetFunction " + name, JCudaDriver.cuModuleGetFunction(function, module, name));
            kernels.put(name, new Kernel(launcher, function, parameters, mostElementBlocks));
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

    /** The kernel for a tiled product: in TF32 if those kernels were loaded, otherwise in single precision. */
    public Kernel product(String name, Tiling tiling) {
        String exact = name + tiling.suffix();
        return kernels.getOrDefault(exact + "_tf32", get(exact));
    }

    /** The most blocks that a pass over elements takes. */
    public int mostElementBlocks() {
        return mostElementBlocks;
    }
}
