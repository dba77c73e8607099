package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.MemoryUse;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

@Command(name = "devices", description = "Lists the devices of the configured backend.")
public final class DevicesCommand extends ConfiguredCommand {
    public DevicesCommand(Console console) {
        super(console);
    }

    private record FoundDevice(String name, String description, Long availableBytes, long reservedBytes) {
        static FoundDevice of(Device device) {
            MemoryUse memory = device.memoryUse();
            Long available = memory.available() == Long.MAX_VALUE ? null : memory.available();
            return new FoundDevice(device.id().toString(), device.description(), available, memory.reserved());
        }
    }

    /** The last line of {@code --json}. */
    private record DevicesResult(String backend, List<FoundDevice> devices) {}

    @Override
    int run() {
        try (Wired parts = CliModule.open(configuration(null))) {
            Backend backend = parts.get(Backend.class);
            List<FoundDevice> devices =
                    backend.devices().stream().map(FoundDevice::of).toList();
            for (FoundDevice device : devices) {
                String memory = device.availableBytes() == null
                        ? ""
                        : String.format(Locale.ROOT, ", %.1f GB of memory available", device.availableBytes() / 1e9);
                say(device.name() + "  " + device.description() + memory);
            }
            answer(new DevicesResult(backend.name(), devices));
        }
        return ExitStatus.OK;
    }
}
