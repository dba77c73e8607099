package dev.tandem.testkit.conformance;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Probe;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;

/** The suite's tolerance leaves room for single precision: kernels that round each result to it pass. */
class SinglePrecisionTest extends BackendConformance {
    SinglePrecisionTest() {
        super("rounding");
    }

    @Override
    protected BackendProvider provider() {
        return new RoundingProvider();
    }

    private static final class RoundingProvider implements BackendProvider {
        @Override
        public String name() {
            return "rounding";
        }

        @Override
        public List<BackendOption> options() {
            return List.of();
        }

        @Override
        public Probe probe() {
            return Probe.available("the reference, its results rounded");
        }

        @Override
        public Backend open(BackendOptions options) {
            DeviceKernels exact =
                    Backends.open(ReferenceProvider.NAME).devices().get(0).kernels();
            DeviceKernels rounding = proxy(DeviceKernels.class, (family, arguments) -> {
                Object kernels = invoke(family, exact, arguments);
                Class<?> type = family.getReturnType();
                return family.getName().equals("memory") || !type.isInterface()
                        ? kernels
                        : proxy(type, (kernel, tensors) -> {
                            Object result = invoke(kernel, kernels, tensors);
                            round(tensors);
                            return result;
                        });
            });
            Device device = new Device(new DeviceId("rounding", 0), "rounds to single", DataType.F64, rounding);
            return new RoundingBackend(List.of(device));
        }

        /** Rounds every operand: the inputs are already round. */
        private static void round(Object[] operands) {
            for (Object operand : operands) {
                if (operand instanceof Tensor tensor && tensor.type().isFloating()) {
                    tensor.write(tensor.read());
                }
            }
        }
    }

    private record RoundingBackend(List<Device> devices) implements Backend {
        @Override
        public String name() {
            return "rounding";
        }

        @Override
        public void close() {}
    }

    private interface Call {
        Object on(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call.on(method, arguments)));
    }

    private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
