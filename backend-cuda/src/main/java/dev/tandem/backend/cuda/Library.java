package dev.tandem.backend.cuda;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A library of NVIDIA's that serves some operations where the machine has it.
 *
 * @param name such as {@code cuBLAS}
 * @param version such as {@code 12.6.4}; empty where it cannot be used
 * @param obstacle why it cannot be used and what to do about it; empty where it can
 */
record Library(String name, String version, String obstacle) {
    private static final String ON_THE_PATH = " and put its folder on LD_LIBRARY_PATH";

    /** A library that nobody asked for. */
    static Library unwanted(String name) {
        return new Library(name, "", "tandem.cuda.accelerators is 0");
    }

    /**
     * Looks for a library and, where it is, has it loaded and its version told; where not, loads nothing.
     *
     * @param files its file names, the best first
     * @param packages what brings it
     * @param version loads a file and tells the version; called once at most for a library
     */
    static Library find(
            String name, List<Path> folders, List<String> files, String packages, Function<Path, String> version) {
        Optional<Path> file = Natives.find(folders, files);
        if (file.isEmpty()) {
            return new Library(
                    name, "", "no " + String.join(" or ", files) + " was found; install " + packages + ON_THE_PATH);
        }
        try {
            return new Library(name, version.apply(file.get()), "");
        } catch (LinkageError | RuntimeException e) {
            return new Library(
                    name,
                    "",
                    file.get() + " cannot be used: " + Natives.reason(e) + "; install " + packages + " anew"
                            + ON_THE_PATH);
        }
    }

    boolean usable() {
        return !version.isEmpty();
    }

    /** What it is, or why not. */
    @Override
    public String toString() {
        return usable() ? name + " " + version : "own kernels (no " + name + ": " + obstacle + ")";
    }
}
