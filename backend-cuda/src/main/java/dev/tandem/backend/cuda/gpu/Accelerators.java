package dev.tandem.backend.cuda.gpu;

import java.nio.file.Path;
import java.util.List;

/** NVIDIA's libraries of this machine, each of which serves what it does best. Without them, our kernels do. */
public record Accelerators(Library.State cublas, Library.State cudnn) {
    private static final String UNWANTED = "tandem.cuda.accelerators is 0";

    /** Our kernels alone; nothing is looked for. */
    public static Accelerators none() {
        return new Accelerators(
                Library.State.unusable(Cublas.NAME, UNWANTED), Library.State.unusable(Cudnn.NAME, UNWANTED));
    }

    /** Those that lie in these folders; none is loaded. */
    public static Accelerators find(List<Path> folders) {
        return new Accelerators(Cublas.LIBRARY.find(folders), Cudnn.LIBRARY.find(folders));
    }

    /** Those that lie in these folders, loaded. */
    public static Accelerators load(List<Path> folders) {
        // cuDNN multiplies by cuBLAS, which is where it looks once it is loaded.
        Library.State cublas = Cublas.LIBRARY.load(folders);
        return new Accelerators(cublas, Cudnn.LIBRARY.load(folders));
    }

    @Override
    public String toString() {
        return "matrix products by " + cublas + ", convolutions by " + cudnn + ", own kernels for all else";
    }
}
