package dev.tandem.backend.cuda;

import java.io.IOException;
import java.nio.file.Path;
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
     * The output of {@code main}, which gets the folders of the driver and the libraries as its arguments, and in which
     * {@link DriverBooks} can be opened; skips the calling test if the driver cannot be built.
     */
    static String run(List<String> options, Class<?> main, Path folder) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("TANDEM_EMULATED_NULL", "1");
        environment.put("TANDEM_EMULATED_DEVICES", "1");
        environment.put(DriverBooks.FILE, folder.resolve("books").toString());
        // As in a fresh process on an H100.
        environment.put("TANDEM_EMULATED_MULTIPROCESSORS", "132");
        return VirtualMachine.run(
                environment,
                options,
                main,
                EmulatedDriver.folder().toString(),
                EmulatedDriver.libraries().toString());
    }
}
