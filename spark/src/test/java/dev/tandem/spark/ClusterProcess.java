package dev.tandem.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * The main class of a process of {@link TestCluster}: runs another main class, and ends as soon as its standard input
 * does. So nothing is left of a test that was killed.
 */
public final class ClusterProcess {
    private ClusterProcess() {}

    /** Runs the main class {@code arguments[0]} with the arguments after it. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Thread watch = new Thread(ClusterProcess::haltAtEndOfInput, "input");
        watch.setDaemon(true);
        watch.start();
        try {
            Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object)
                    Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (InvocationTargetException e) {
            e.getCause().printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void haltAtEndOfInput() {
        try {
            System.in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }
}
