package dev.tandem.backend.cuda;

import java.nio.file.Path;
import java.util.List;

/** NVIDIA's libraries of this machine, each of which serves what it does best. Without them, our kernels do. */
record Accelerators(Library cublas, Library cudnn) {
    /** Our kernels alone; nothing is looked for. */
    static Accelerators none() {
        return new Accelerators(Library.unwanted(Cublas.NAME), Library.unwanted(Cudnn.NAME));
    }

    /** Those that lie in these folders, loaded. */
    static Accelerators find(List<Path> folders) {
        // cuDNN multiplies by cuBLAS, which is where it looks once it is loaded.
        Library cublas = Cublas.find(folders);
        return new Accelerators(cublas, Cudnn.find(folders));
    }

    @Override
    public String toString() {
        return "matrix products by " + cublas + ", convolutions by " + cudnn + ", own kernels for all else";
    }
}
