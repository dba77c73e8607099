package dev.tandem.runtime.wiring;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import dev.tandem.nn.train.Placement;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Strategy;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configured {@link Placement} over the backend's devices, and over those of other backends that it names. Needs a
 * configuration and the {@link BackendModule}.
 */
public final class PlacementModule extends AbstractModule {
    private static final Logger LOG = LoggerFactory.getLogger(PlacementModule.class);

    @Override
    protected void configure() {
        bind(Placement.class).to(DevicePlacement.class);
    }

    @Provides
    @Singleton
    DevicePlacement placement(TandemConfig config, Backend backend, OpenedBackends others) {
        TandemConfig.Placement wanted = config.placement();
        List<Device> devices;
        if (wanted.devices().isEmpty()) {
            devices = wanted.isSingle() ? backend.devices().subList(0, 1) : backend.devices();
        } else {
            devices = wanted.devices().stream()
                    .map(name -> device(backend, others, name))
                    .toList();
        }
        if (wanted.isSingle() && devices.size() > 1) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "tandem.placement.devices",
                    "too many for strategy single",
                    wanted.devices(),
                    "one device",
                    "Name one device, or choose a strategy of " + Strategy.names());
        }
        if (!wanted.isSingle() && devices.size() == 1) {
            LOG.warn(
                    "Strategy {} over {} alone is single; tandem.{}.devices gives more devices",
                    wanted.table().isEmpty() ? wanted.strategy() : "by table",
                    devices.get(0).id(),
                    backend.name());
        }
        return new DevicePlacement(
                devices, wanted.rules(), config.train().transfer().featureBytes());
    }

    private static Device device(Backend configured, OpenedBackends others, String name) {
        String kind = name.contains(":") ? name.substring(0, name.indexOf(':')) : name;
        boolean other = Backends.providers().stream()
                .anyMatch(provider -> provider.name().equals(kind));
        Backend backend = other ? others.named(kind) : configured;
        return backend.devices().stream()
                .filter(device -> device.id().toString().equals(name))
                .findFirst()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.placement.devices",
                        "no such device",
                        name,
                        "one of " + backend.devices().stream().map(Device::id).toList(),
                        "Correct the name; tandem." + backend.name() + ".devices may give more of them"));
    }
}
