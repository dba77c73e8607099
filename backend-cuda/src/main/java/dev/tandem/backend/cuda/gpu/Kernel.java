package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.driver.Parameters;
import dev.tandem.spi.Tensor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jcuda.driver.CUfunction;

/** One kernel of a device. Arguments of launches are checked against what its PTX declares. */
public final class Kernel {
    /** Threads in a block, {@code BLOCK} and {@code THREADS} in the sources. */
    static final int THREADS = 256;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle FLOATS =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.nativeOrder());

    private final Launcher launcher;
    private final CUfunction function;
    private final Parameters parameters;
    private final int mostElementBlocks;
    private final String profileName;

    Kernel(Launcher launcher, CUfunction function, Parameters parameters, int mostElementBlocks) {
        this.launcher = launcher;
        this.function = function;
        this.parameters = parameters;
        this.mostElementBlocks = mostElementBlocks;
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

        /** The address of a tensor; null gives a null pointer. */
        public Launch tensor(Tensor tensor) {
            return wide(CudaStorage.address(tensor));
        }

        /** An address, or an integer of 64 bits. */
        public Launch wide(long value) {
            LONGS.set(buffer, next(Parameters.Kind.WIDE, Long.BYTES), value);
            return this;
        }

        /** An integer of 32 bits. */
        public Launch integer(int value) {
            INTS.set(buffer, next(Parameters.Kind.INTEGER, Integer.BYTES), value);
            return this;
        }

        /** A number in single precision. */
        public Launch real(double value) {
            FLOATS.set(buffer, next(Parameters.Kind.REAL, Float.BYTES), (float) value);
            return this;
        }

        /** A struct by value. */
        public Launch struct(Packed members) {
            members.copy(buffer, next(Parameters.Kind.STRUCT, members.bytes()));
            return this;
        }

        /**
         * Launches enough blocks for {@code count} elements, up to {@link Kernels#mostElementBlocks}. If these have
         * fewer threads, each thread takes several elements.
         */
        public void overElements(long count, String operation, Tensor... operands) {
            long blocks = Math.min((count + THREADS - 1) / THREADS, mostElementBlocks);
            overBlocks((int) blocks, 1, 1, operation, operands);
        }

        /** As {@link #overElements} for kernels whose threads take four neighbouring elements at once. */
        public void overFours(long count, String operation, Tensor... operands) {
            overElements((count + 3) / 4, operation, operands);
        }

        /** Launches a grid of blocks after all earlier work; a failure names the operands' shapes. */
        public void overBlocks(int x, int y, int z, String operation, Tensor... operands) {
            if (given != parameters.list().size()) {
                throw new IllegalStateException(parameters.kernel() + ": " + given + " arguments for "
                        + parameters.list().size() + " parameters");
            }
            launcher.submit(
                    operation, () -> launcher.launch(profileName, function, x, y, z, THREADS, buffer), operands);
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
