package dev.tandem.testkit.conformance;

import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.kernel.ReductionKernels;
import dev.tandem.spi.kernel.UpdateKernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A device of right kernels but for one method, which is replaced by a wrong one. */
final class Mutant implements DeviceKernels {
    private final DeviceKernels right;
    private final String method;
    private final Wrong wrong;

    /** Stands in for a kernel; its arguments may be changed before the right kernel sees them, or its outputs after. */
    interface Wrong {
        void call(Object[] arguments, Right right) throws ReflectiveOperationException;
    }

    /** The right kernel. */
    interface Right {
        void call(Object... arguments) throws ReflectiveOperationException;
    }

    private Mutant(DeviceKernels right, String method, Wrong wrong) {
        this.right = right;
        this.method = method;
        this.wrong = wrong;
    }

    /**
     * A device with the kernels of {@code right}, but for one.
     *
     * @param method the kernel's interface and name, such as {@code PoolingKernels.max}
     */
    static Device of(Device right, String method, Wrong wrong) {
        return new Device(new DeviceId("mutant", 0), method, DataType.F64, new Mutant(right.kernels(), method, wrong));
    }

    private <K> K mutated(Class<K> family, K kernels) {
        return family.cast(Proxy.newProxyInstance(
                family.getClassLoader(), new Class<?>[] {family}, (proxy, called, arguments) -> {
                    try {
                        if (method.equals(family.getSimpleName() + "." + called.getName())) {
                            wrong.call(arguments.clone(), changed -> called.invoke(kernels, changed));
                            return null;
                        }
                        return called.invoke(kernels, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Override
    public MemoryKernels memory() {
        return mutated(MemoryKernels.class, right.memory());
    }

    @Override
    public ElementwiseKernels elementwise() {
        return mutated(ElementwiseKernels.class, right.elementwise());
    }

    @Override
    public ReductionKernels reductions() {
        return mutated(ReductionKernels.class, right.reductions());
    }

    @Override
    public MatrixKernels matrices() {
        return mutated(MatrixKernels.class, right.matrices());
    }

    @Override
    public ConvolutionKernels convolutions() {
        return mutated(ConvolutionKernels.class, right.convolutions());
    }

    @Override
    public PoolingKernels pooling() {
        return mutated(PoolingKernels.class, right.pooling());
    }

    @Override
    public NormalizationKernels normalizations() {
        return mutated(NormalizationKernels.class, right.normalizations());
    }

    @Override
    public RandomKernels random() {
        return mutated(RandomKernels.class, right.random());
    }

    @Override
    public UpdateKernels updates() {
        return mutated(UpdateKernels.class, right.updates());
    }
}
