package dev.tandem.backend.cpu.workbench;

import java.util.List;
import java.util.function.Predicate;

/** The implementations of a family of operations, the preferred one first. The last can do every operation. */
public final class Implementations<T> {
    private final List<T> inOrder;

    Implementations(List<T> inOrder) {
        this.inOrder = inOrder;
    }

    /** Tries {@code operation} with each in turn, until it returns true: then it is done. */
    public void first(Predicate<T> operation) {
        for (T implementation : inOrder) {
            if (operation.test(implementation)) {
                return;
            }
        }
        throw new IllegalStateException("no implementation of this operation");
    }
}
