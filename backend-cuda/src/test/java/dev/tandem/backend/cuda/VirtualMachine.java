package dev.tandem.backend.cuda;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a class in a virtual machine of its own, in which nothing has been loaded yet. */
public final class VirtualMachine {
    private VirtualMachine() {}

    /** The output of {@code main}; fails if {@code main} fails. */
    public static String run(List<String> options, Class<?> main, String... arguments) throws IOException {
        return run(Map.of(), options, main, arguments);
    }

    /** As {@link #run(List, Class, String...)}, with more environment variables. */
    static String run(Map<String, String> environment, List<String> options, Class<?> main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return EmulatedDriver.run(command, environment);
    }
}
