package dev.tandem.cli;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.kernel.DeviceKernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Two devices of the CPU, the second of which fails in its backward pass when it has worked for long enough. */
public final class FaultyProvider implements BackendProvider {
    private static final String NAME = "faulty";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<BackendOption> options() {
        return List.of(new BackendOption("failAt", 0, 0, 1_000_000, "The weight gradient that fails; 0 for none"));
    }

    @Override
    public Probe probe() {
        return Probe.available("the CPU, until it fails");
    }

    @Override
    public Backend open(BackendOptions options) {
        BackendProvider cpu = Backends.named("cpu");
        Backend real = cpu.open(BackendOptions.of(cpu, Map.of("devices", 2L)));
        return new FaultyBackend(real, List.of(device(real, 0, 0), device(real, 1, options.getInt("failAt"))));
    }

    private record FaultyBackend(Backend real, List<Device> devices) implements Backend {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private static Device device(Backend real, int index, long failAt) {
        Device device = real.devices().get(index);
        DeviceId id = new DeviceId(NAME, index);
        AtomicLong calls = new AtomicLong();
        DeviceKernels kernels = proxy(DeviceKernels.class, (family, arguments) -> {
            Object right = invoke(family, device.kernels(), arguments);
            if (!family.getReturnType().isInterface()) {
                return right;
            }
            return proxy(family.getReturnType(), (kernel, operands) -> {
                if (kernel.getName().equals("backwardWeights") && calls.incrementAndGet() == failAt) {
                    throw TandemException.failure(
                            ErrorCode.DEVICE_FAILURE,
                            "convolution backward weights",
                            "failed on " + id + ": the fan has stopped",
                            "Clean it",
                            null);
                }
                return invoke(kernel, right, operands);
            });
        });
        return new Device(id, "a CPU that fails", device.floatingType(), kernels);
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
