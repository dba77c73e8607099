package dev.tandem.spi;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Closes every tensor that this thread makes between {@link #open} and {@link #close}, unless it was kept.
 *
 * <p>Scopes nest; a kept tensor passes to the enclosing scope, or to the caller when there is none. A training step
 * runs in one scope, so its memory is there for the next step.
 */
public final class TensorScope implements AutoCloseable {
    private static final ThreadLocal<Deque<TensorScope>> OPEN = ThreadLocal.withInitial(ArrayDeque::new);

    private final List<Tensor> tensors = new ArrayList<>();

    private TensorScope() {}

    /** Opens a scope for the tensors that this thread makes from now on. */
    public static TensorScope open() {
        TensorScope scope = new TensorScope();
        OPEN.get().push(scope);
        return scope;
    }

    /** Has the innermost open scope of this thread own {@code tensor}; whether there is one. */
    static boolean register(Tensor tensor) {
        TensorScope innermost = OPEN.get().peek();
        if (innermost != null) {
            innermost.tensors.add(tensor);
        }
        return innermost != null;
    }

    /** Lets {@code tensor} outlive this scope: the enclosing scope owns it next, or the caller when there is none. */
    public Tensor keep(Tensor tensor) {
        if (tensors.remove(tensor)) {
            Deque<TensorScope> open = OPEN.get();
            boolean passed = false;
            for (TensorScope scope : open) {
                if (passed) {
                    scope.tensors.add(tensor);
                    return tensor;
                }
                passed = scope == this;
            }
            tensor.becomeUnowned();
        }
        return tensor;
    }

    /**
     * Closes the tensors of this scope, in the order they were made.
     *
     * @throws TandemException when a scope opened later on this thread is still open
     */
    @Override
    public void close() {
        Deque<TensorScope> open = OPEN.get();
        if (open.peek() != this) {
            throw TandemException.argument(
                    "tensor scope",
                    "closed out of order",
                    "an outer scope",
                    "the innermost one",
                    "Use try-with-resources");
        }
        open.pop();
        tensors.forEach(Tensor::close);
        tensors.clear();
    }
}
