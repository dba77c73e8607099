package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.wiring.CliWiring;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.MemoryUse;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

@Command(name = "devices", description = "Lists the devices of the configured backend.")
public final class DevicesCommand extends Subcommand {
    public DevicesCommand(Console console) {
        super(console);
    }

    private record Answer(String name, String description, Long availableBytes, long reservedBytes) {
        static Answer of(Device device) {
            MemoryUse memory = device.memoryUse();
            Long available = memory.available() == Long.MAX_VALUE ? null : memory.available();
            return new Answer(device.id().toString(), device.description(), available, memory.reserved());
        }
    }

    /** The last line of {@code --json}. */
    private record Answers(String backend, List<Answer> devices) {}

    @Override
    int run() {
        try (Wired parts = CliWiring.open(configuration(null))) {
            Backend backend = parts.get(Backend.class);
            List<Answer> devices = backend.devices().stream().map(Answer::of).toList();
            for (Answer device : devices) {
                String memory = device.availableBytes() == null
                        ? ""
                        : String.format(Locale.ROOT, ", %.1f GB of memory available", device.availableBytes() / 1e9);
                say(device.name() + "  " + device.description() + memory);
            }
            answer(new Answers(backend.name(), devices));
        }
        return ExitStatus.OK;
    }
}
