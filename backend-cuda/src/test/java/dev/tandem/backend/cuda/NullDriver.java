package dev.tandem.backend.cuda;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The emulated driver and libraries that only keep books, in a virtual machine of its own: what the host does for a
 * network of any size, with an H100's 132 multiprocessors and 80 GB of memory, none of which is real.
 */
final class NullDriver {
    private NullDriver() {}

    /**
     * The output of {@code main}, which gets the folders of the driver and the libraries and {@code more} as its arguments, and in which
     * {@link DriverBooks} can be opened; skips the calling test if the driver cannot be built.
     */
    static String run(List<String> options, Class<?> main, Path folder, String... more) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("TANDEM_EMULATED_NULL", "1");
        environment.put("TANDEM_EMULATED_DEVICES", "1");
        environment.put(DriverBooks.FILE, folder.resolve("books").toString());
        // As in a fresh process on an H100.
        environment.put("TANDEM_EMULATED_MULTIPROCESSORS", "132");
        List<String> arguments = new ArrayList<>();
        arguments.add(EmulatedDriver.folder().toString());
        arguments.add(EmulatedDriver.libraries().toString());
        arguments.addAll(List.of(more));
        return VirtualMachine.run(environment, options, main, arguments.toArray(String[]::new));
    }
}
