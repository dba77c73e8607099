package dev.tandem.backend.cuda.gpu;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * NVIDIA's libraries on this machine: cuBLAS for matrix products, cuDNN for convolutions. Our kernels replace either.
 */
public record Accelerators(Library.State cublas, Library.State cudnn) {
    private static final String UNWANTED = "tandem.cuda.accelerators is 0";

    /** No libraries: our kernels compute everything. */
    public static Accelerators none() {
        return new Accelerators(
                Library.State.unusable(Cublas.NAME, UNWANTED), Library.State.unusable(Cudnn.NAME, UNWANTED));
    }

    /** Looks for them in these folders, without loading them. */
    public static Accelerators find(List<Path> folders) {
        return new Accelerators(Cublas.LIBRARY.find(folders), Cudnn.LIBRARY.find(folders));
    }

    /** Looks for them in these folders, and loads them. */
    public static Accelerators load(List<Path> folders) {
        // cuDNN uses cuBLAS, and finds one that is loaded already.
        Library.State cublas = Cublas.LIBRARY.load(folders);
        return new Accelerators(cublas, Cudnn.LIBRARY.load(folders));
    }

    /** The libraries with their versions, on which the last bits of results depend. */
    public String versions() {
        String usable = Stream.of(cublas, cudnn)
                .filter(Library.State::usable)
                .map(Library.State::description)
                .collect(Collectors.joining(", "));
        return usable.isEmpty() ? "own kernels" : usable;
    }

    @Override
    public String toString() {
        return "matrix products by " + cublas + ", convolutions by " + cudnn + ", own kernels for all else";
    }
}
