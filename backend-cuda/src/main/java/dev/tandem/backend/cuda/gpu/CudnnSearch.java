package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.DeviceThread;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The convolutions of one device that cuDNN computes, each with the algorithm that {@link CudnnChoices} chooses for it.
 * An algorithm is tried on the very operands of the operation that needs it: it only reads the inputs, and the
 * operation overwrites the result.
 */
public final class CudnnSearch {
    private static final Logger LOG = LoggerFactory.getLogger(CudnnSearch.class);

    private static final int TIMED_RUNS = 3;

    private final Cudnn cudnn;
    private final CudnnChoices choices;
    private final DeviceThread thread;
    private final Arena arena;
    private final Map<CudnnConvolution.Key, Optional<CudnnConvolution>> found = new ConcurrentHashMap<>();

    CudnnSearch(Cudnn cudnn, CudnnChoices choices, DeviceThread thread, Arena arena) {
        this.cudnn = cudnn;
        this.choices = choices;
        this.thread = thread;
        this.arena = arena;
    }

    /** Whether a search has found that cuDNN does not compute this convolution. */
    public boolean isInVain(CudnnConvolution.Key key) {
        Optional<CudnnConvolution> known = found.get(key);
        return known != null && known.isEmpty();
    }

    /**
     * A convolution, ready to run; empty if cuDNN has no algorithm for it that gives the same bits each time and has
     * enough memory. For any thread but the device's.
     *
     * @param operands those of the operation that needs it, which are run on if it is not known yet
     */
    public Optional<CudnnConvolution> find(
            String operation, CudnnConvolution.Key key, CudnnConvolution.Operands operands) {
        Optional<CudnnConvolution> known = found.get(key);
        if (known != null) {
            return known;
        }
        synchronized (found) {
            known = found.get(key);
            if (known == null) {
                known = search(operation, key, operands);
                found.put(key, known);
            }
            return known;
        }
    }

    private Optional<CudnnConvolution> search(
            String operation, CudnnConvolution.Key key, CudnnConvolution.Operands operands) {
        Optional<CudnnConvolution> described = thread.call(operation, () -> cudnn.describe(key), operands.tensors());
        Optional<CudnnConvolution> ready = described.filter(convolution -> {
            Trials trials = new Trials(operation, convolution, operands);
            Optional<String> algorithm =
                    choices.choose(key + " in " + cudnn.precision(key), convolution.algorithms(), trials);
            algorithm.ifPresent(convolution::choose);
            if (trials.count > 1) {
                // Their workspaces may have been larger than what is needed from now on.
                arena.trim();
            }
            return algorithm.isPresent();
        });
        if (ready.isEmpty()) {
            LOG.info("{}: by own kernels, as cuDNN has no algorithm for it that fits", key);
        }
        return ready;
    }

    /** Runs of the algorithms of one convolution on its operands. */
    private final class Trials implements CudnnChoices.Trial {
        private final String operation;
        private final CudnnConvolution convolution;
        private final CudnnConvolution.Operands operands;
        private int count;

        Trials(String operation, CudnnConvolution convolution, CudnnConvolution.Operands operands) {
            this.operation = operation;
            this.convolution = convolution;
            this.operands = operands;
        }

        @Override
        public OptionalLong nanos(String algorithm) {
            return run(algorithm, TIMED_RUNS);
        }

        @Override
        public boolean works(String algorithm) {
            return run(algorithm, 0).isPresent();
        }

        private OptionalLong run(String algorithm, int timed) {
            count++;
            try (Arena.Temporary workspace = workspace(operation, convolution.workspaceBytes(algorithm))) {
                long space = workspace == null ? 0 : workspace.address();
                return thread.call(
                        operation,
                        () -> cudnn.measure(convolution, algorithm, timed, operands, space),
                        operands.tensors());
            }
        }
    }

    /** Memory for {@link CudnnConvolution#run}; null if none is needed. */
    public Arena.Temporary workspace(String operation, long bytes) {
        return bytes == 0 ? null : arena.temporary(bytes, "cuDNN's work on " + operation);
    }
}
