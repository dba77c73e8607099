package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Natives;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A library of NVIDIA's that computes some operations if the machine has it. A process loads it at most once. */
final class Library {
    private static final String ON_THE_PATH = " and put its folder on LD_LIBRARY_PATH";

    private final String name;
    private final List<String> files;
    private final String packages;
    private final Function<Path, String> loader;
    /** The result of loading; null before. */
    private State loaded;

    /**
     * Whether a library can be used.
     *
     * @param usable whether it is loaded, or was found and not loaded yet
     * @param description if it is usable, its name and its version, or its file before it is loaded; otherwise why not
     *     and what to do
     */
    record State(boolean usable, String description) {
        static State usable(String name, Object version) {
            return new State(true, name + " " + version);
        }

        static State unusable(String name, String obstacle) {
            return new State(false, "own kernels (no " + name + ": " + obstacle + ")");
        }

        @Override
        public String toString() {
            return description;
        }
    }

    /**
     * Describes a library.
     *
     * @param name such as {@code cuBLAS}
     * @param files its file names, the best first
     * @param packages the packages that contain it
     * @param loader loads a file and returns the version, such as {@code 12.6.4}; called at most once
     */
    Library(String name, List<String> files, String packages, Function<Path, String> loader) {
        this.name = name;
        this.files = files;
        this.packages = packages;
        this.loader = loader;
    }

    /** Looks for it, without loading it. */
    synchronized State find(List<Path> folders) {
        Optional<Path> file = Natives.find(folders, files);
        if (file.isEmpty()) {
            return State.unusable(
                    name, "no " + String.join(" or ", files) + " was found; install " + packages + ON_THE_PATH);
        }
        return loaded == null ? State.usable(name, "(" + file.get() + ")") : loaded;
    }

    /** Looks for it and loads it, unless that was tried before. */
    synchronized State load(List<Path> folders) {
        Optional<Path> file = Natives.find(folders, files);
        if (file.isPresent() && loaded == null) {
            try {
                loaded = State.usable(name, loader.apply(file.get()));
            } catch (LinkageError | RuntimeException e) {
                loaded = State.unusable(
                        name,
                        file.get() + " cannot be used: " + Natives.reason(e) + "; install " + packages + " anew"
                                + ON_THE_PATH);
            }
        }
        return find(folders);
    }
}
