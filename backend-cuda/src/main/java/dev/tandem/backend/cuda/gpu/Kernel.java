package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.driver.Parameters;
import dev.tandem.spi.Tensor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jcuda.driver.CUfunction;

/** One kernel of a device, and the packing of its arguments, which are checked against what its PTX declares. */
public final class Kernel {
    /** Threads in a block, {@code BLOCK} and {@code THREADS} in the sources. */
    static final int THREADS = 256;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle FLOATS =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.nativeOrder());

    private final Gpu gpu;
    private final CUfunction function;
    private final Parameters parameters;
    private final String profileName;

    public Kernel(Gpu gpu, CUfunction function, Parameters parameters) {
        this.gpu = gpu;
        this.function = function;
        this.parameters = parameters;
        profileName = "own:" + parameters.kernel();
    }

    /** Begins the arguments of a launch; they follow in the kernel's order. */
    public Launch with() {
        return new Launch();
    }

    /** The arguments of one launch. */
    public final class Launch {
        private final byte[] buffer = new byte[parameters.bytes()];
        private int given;

        public Launch tensor(Tensor tensor) {
            return wide(CudaStorage.address(tensor));
        }

        public Launch block(Block block) {
            return wide(block.address);
        }

        public Launch wide(long value) {
            LONGS.set(buffer, next(Parameters.Kind.WIDE, Long.BYTES), value);
            return this;
        }

        public Launch integer(int value) {
            INTS.set(buffer, next(Parameters.Kind.INTEGER, Integer.BYTES), value);
            return this;
        }

        public Launch real(double value) {
            FLOATS.set(buffer, next(Parameters.Kind.REAL, Float.BYTES), (float) value);
            return this;
        }

        public Launch struct(Packed members) {
            members.copy(buffer, next(Parameters.Kind.STRUCT, members.bytes()));
            return this;
        }

        /** Launches blocks enough for {@code count} elements; each thread takes more than one where they are many. */
        public void overElements(long count, String operation, Tensor... operands) {
            long blocks = Math.min((count + THREADS - 1) / THREADS, gpu.elementBlocks());
            overBlocks((int) blocks, 1, 1, operation, operands);
        }

        /** Launches a grid of blocks after everything that was launched before; {@code operands} are named if it fails. */
        public void overBlocks(int x, int y, int z, String operation, Tensor... operands) {
            if (given != parameters.list().size()) {
                throw new IllegalStateException(parameters.kernel() + ": " + given + " arguments for "
                        + parameters.list().size() + " parameters");
            }
            gpu.submit(operation, () -> gpu.launch(profileName, function, x, y, z, THREADS, buffer), operands);
        }

        private int next(Parameters.Kind kind, int bytes) {
            Parameters.Parameter parameter =
                    given < parameters.list().size() ? parameters.list().get(given) : null;
            if (parameter == null || parameter.kind() != kind || parameter.bytes() != bytes) {
                throw new IllegalStateException(parameters.kernel() + ": argument " + given + " is " + kind + " of "
                        + bytes + " bytes, but the kernel takes " + parameter);
            }
            given++;
            return parameter.offset();
        }
    }
}
