package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.DriverException;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Stopwatch;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import jcuda.jcudnn.cudnnHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass of one convolution, described to cuDNN, and the algorithms for it that give the same bits each time. For the
 * device's thread, except {@link #workspaceBytes} and {@link #algorithmName}.
 */
public final class CudnnConvolution implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CudnnConvolution.class);

    /** The most memory that an algorithm may have for itself. */
    private static final long MOST_WORKSPACE_BYTES = 512L << 20;

    /** They convolve transformed maps, which multiplies the rounding errors of TF32 and bfloat16. */
    private static final String TRANSFORMS = ".*(FFT|WINOGRAD).*";

    private final Handles handles = new Handles();
    private final Key key;
    private final CudnnDescriptors descriptors;
    private final Map<String, Algorithm> algorithms = new LinkedHashMap<>();
    private Algorithm chosen;

    /**
     * Identifies a convolution; shapes as in {@link dev.tandem.spi.kernel.ConvolutionKernels}.
     *
     * @param format of all three; sums are in single precision
     * @param padY rows of zeros above, and as many below: cuDNN has no other padding
     * @param padX columns of zeros on the left, and as many on the right
     */
    public record Key(
            CudnnPass pass,
            Format format,
            Shape x,
            Shape w,
            Shape y,
            int groups,
            int strideY,
            int strideX,
            int padY,
            int padX) {
        @Override
        public String toString() {
            return pass + " of " + x + " with " + w + " to " + y + ", groups " + groups + ", strides " + strideY + "x"
                    + strideX + ", padding " + padY + "x" + padX;
        }
    }

    /**
     * What a pass computes one of from the others: input, weights and output, or their gradients; all by their
     * addresses.
     *
     * @param tensors the same, for messages
     */
    public record Operands(long input, long weights, long output, Tensor... tensors) {}

    private record Algorithm(int number, String name, long workspaceBytes) {}

    /**
     * Describes a convolution.
     *
     * @throws DriverException ({@link DriverException.Kind#UNSUPPORTED}) if cuDNN has no algorithm for it
     */
    CudnnConvolution(cudnnHandle handle, Key key, boolean tf32) {
        this.key = key;
        try {
            descriptors = CudnnDescriptors.of(handle, key, tf32, handles);
            key.pass().algorithms(descriptors).stream()
                    .filter(CudnnAlgorithm::fits)
                    .forEach(algorithm -> add(algorithm.number(), tf32));
        } catch (RuntimeException e) {
            handles.closeAfter(e);
            throw e;
        }
    }

    private void add(int number, boolean tf32) {
        String name = key.pass().algorithmName(number).replace("CUDNN_CONVOLUTION_", "");
        if (tf32 && name.matches(TRANSFORMS)) {
            return;
        }
        try {
            long bytes = key.pass().workspaceBytes(descriptors, number);
            if (bytes <= MOST_WORKSPACE_BYTES) {
                algorithms.put(name, new Algorithm(number, name, bytes));
            }
        } catch (DriverException e) {
            skip(name, e);
        }
    }

    /** An algorithm that cuDNN proposes may turn out not to work; that is fatal only if the device is lost with it. */
    private void skip(String name, DriverException e) {
        if (e.kind() == DriverException.Kind.DEVICE_LOST) {
            throw e;
        }
        LOG.debug("cuDNN's {} is not used for {}: {}", name, key, e.getMessage());
    }

    /** The names of the algorithms; cuDNN expects the first one to be the fastest. */
    List<String> algorithms() {
        return List.copyOf(algorithms.keySet());
    }

    /** The memory that an algorithm needs. */
    long workspaceBytes(String algorithm) {
        return algorithms.get(algorithm).workspaceBytes();
    }

    /**
     * Runs an algorithm once, as the first run may load its kernels, and then {@code timed} times. Returns the
     * nanoseconds of the shortest of these, as the others may have been disturbed; empty if it does not work.
     */
    OptionalLong measure(String algorithm, int timed, Stopwatch stopwatch, Operands operands, long workspace) {
        long shortest = Long.MAX_VALUE;
        try {
            for (int run = 0; run <= timed; run++) {
                stopwatch.start();
                run(algorithms.get(algorithm), operands, workspace);
                long nanos = stopwatch.read();
                shortest = run == 0 ? shortest : Math.min(shortest, nanos);
            }
            return OptionalLong.of(shortest);
        } catch (DriverException e) {
            skip(algorithm, e);
            return OptionalLong.empty();
        }
    }

    /** Settles which algorithm {@link #run} takes. */
    void choose(String algorithm) {
        chosen = algorithms.get(algorithm);
    }

    /** The memory that {@link #run} needs. */
    public long workspaceBytes() {
        return chosen.workspaceBytes();
    }

    /** Such as {@code cuDNN:FWD_ALGO_IMPLICIT_GEMM}. */
    public String algorithmName() {
        return Cudnn.NAME + ":" + chosen.name() + (key.format() == Format.BF16 ? " in BF16" : "");
    }

    /** Computes the pass; {@code workspace} is the address of {@link #workspaceBytes}, or 0. */
    public void run(Operands operands, long workspace) {
        run(chosen, operands, workspace);
    }

    private void run(Algorithm algorithm, Operands operands, long workspace) {
        key.pass()
                .run(
                        descriptors,
                        algorithm.number(),
                        operands.input(),
                        operands.weights(),
                        operands.output(),
                        workspace,
                        algorithm.workspaceBytes());
    }

    @Override
    public void close() {
        handles.close();
    }
}
