package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.driver.Parameters;
import dev.tandem.spi.Tensor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import org.jspecify.annotations.Nullable;

/**
 * One kernel of a device. Arguments of launches are checked against what its PTX declares. A kernel may have a variant
 * whose elements are in bfloat16. It is launched if all elements are; if only some are, they are converted before or
 * after, so that every kernel can be launched on every format.
 */
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
    private final @Nullable Kernel narrow;
    private final @Nullable Conversions conversions;

    /**
     * A kernel.
     *
     * @param narrow its variant in bfloat16; null if there is none
     * @param conversions null if no element is ever in bfloat16
     */
    Kernel(
            Launcher launcher,
            CUfunction function,
            Parameters parameters,
            int mostElementBlocks,
            @Nullable Kernel narrow,
            @Nullable Conversions conversions) {
        this.launcher = launcher;
        this.function = function;
        this.parameters = parameters;
        this.mostElementBlocks = mostElementBlocks;
        this.narrow = narrow;
        this.conversions = conversions;
        profileName = "own:" + parameters.kernel();
        if (narrow != null && !narrow.parameters.list().equals(parameters.list())) {
            throw new IllegalStateException(parameters.kernel() + ": its variant has other parameters");
        }
    }

    /** Begins the arguments of a launch; they follow in the kernel's order. */
    public Launch with() {
        return new Launch();
    }

    /** What a kernel does with an operand. */
    private enum Role {
        INPUT,
        /** Overwrites all of it. */
        OUTPUT,
        /** Reads it and writes it. */
        UPDATE,
        /** Reads it in single precision in either variant. */
        EXACT
    }

    private record Operand(int offset, Elements elements, Role role) {
        Format wanted(boolean narrow) {
            return narrow && role != Role.EXACT ? Format.BF16 : Format.F32;
        }
    }

    /** The arguments of one launch. */
    public final class Launch {
        private final byte[] buffer = new byte[parameters.bytes()];
        private final List<Operand> operands = new ArrayList<>();
        private int given;

        /** The elements of a tensor, which the kernel reads; null gives a null pointer. */
        public Launch input(Tensor tensor) {
            return input(Elements.of(tensor));
        }

        /** Elements that the kernel reads. */
        public Launch input(Elements elements) {
            return operand(elements, Role.INPUT);
        }

        /** As {@link #input(Tensor)}, of which the kernel has no variant, such as a parameter or labels. */
        public Launch exactInput(Tensor tensor) {
            return operand(Elements.of(tensor), Role.EXACT);
        }

        /** The elements of a tensor, all of which the kernel writes: in this format from now on. */
        public Launch output(Tensor tensor, Format format) {
            CudaStorage.of(tensor).overwrite(format);
            return output(Elements.of(tensor));
        }

        /** Elements all of which the kernel writes. */
        public Launch output(Elements elements) {
            return operand(elements, Role.OUTPUT);
        }

        /** As {@link #output(Tensor, Format)} in single precision, of which the kernel has no variant. */
        public Launch exactOutput(Tensor tensor) {
            CudaStorage.of(tensor).overwrite(Format.F32);
            return wide(Elements.of(tensor).address());
        }

        /** The elements of a tensor, which the kernel reads and writes in the format that they have. */
        public Launch update(Tensor tensor) {
            CudaStorage.of(tensor).change();
            return update(Elements.of(tensor));
        }

        /** Elements that the kernel reads or keeps where it does not write them. */
        public Launch update(Elements elements) {
            return operand(elements, Role.UPDATE);
        }

        private Launch operand(Elements elements, Role role) {
            int offset = next(Parameters.Kind.WIDE, Long.BYTES);
            LONGS.set(buffer, offset, elements.address());
            if (conversions != null && elements.address() != 0) {
                operands.add(new Operand(offset, elements, role));
            }
            return this;
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

        /**
         * As {@link #overElements} for kernels whose threads take four neighbouring elements at once: from the beginnings
         * of tensors, which are aligned for it.
         */
        public void overFours(long count, String operation, Tensor... operands) {
            overElements((count + 3) / 4, operation, operands);
        }

        /** Launches a grid of blocks after all earlier work; a failure names the operands' shapes. */
        public void overBlocks(int x, int y, int z, String operation, Tensor... tensors) {
            if (given != parameters.list().size()) {
                throw new IllegalStateException(parameters.kernel() + ": " + given + " arguments for "
                        + parameters.list().size() + " parameters");
            }
            boolean narrows = narrow != null && isNarrow();
            Kernel kernel = narrows ? narrow : Kernel.this;
            List<Conversions.Temporary> temporaries = new ArrayList<>();
            try {
                Map<Elements, Elements> results = new LinkedHashMap<>();
                for (Operand operand : operands) {
                    Elements own = operand.elements;
                    if (own.format() != operand.wanted(narrows)) {
                        // Conversions take fours of elements: this one begins with the four that the first is in.
                        int before = own.placeInFour();
                        Elements fours = own.range(-before, before + own.count());
                        Conversions.Temporary temporary =
                                conversions.temporary(operation, operand.wanted(narrows), fours.count());
                        temporaries.add(temporary);
                        Elements converted = temporary.elements();
                        LONGS.set(
                                buffer,
                                operand.offset,
                                converted.range(before, own.count()).address());
                        if (operand.role != Role.OUTPUT || before > 0) {
                            conversions.copy(operation, fours, converted);
                        }
                        if (operand.role == Role.OUTPUT || operand.role == Role.UPDATE) {
                            results.put(converted, fours);
                        }
                    }
                }
                launcher.submit(
                        operation,
                        () -> launcher.launch(kernel.profileName, kernel.function, x, y, z, THREADS, buffer),
                        tensors);
                results.forEach((from, to) -> conversions.copy(operation, from, to));
            } finally {
                temporaries.forEach(Conversions.Temporary::close);
            }
        }

        /** Whether all elements of which the kernel has a variant are in bfloat16. */
        private boolean isNarrow() {
            List<Format> formats = operands.stream()
                    .filter(operand -> operand.role != Role.EXACT)
                    .map(operand -> operand.elements.format())
                    .distinct()
                    .toList();
            return formats.equals(List.of(Format.BF16));
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
