package dev.tandem.nn.autograd;

import dev.tandem.spi.Tensor;
import org.jspecify.annotations.Nullable;

/** The backward pass of one operation: {@link Value#of}. */
@FunctionalInterface
public interface Backward {
    /**
     * The gradients of the loss with respect to the operation's inputs: one entry each, in order, of the input's shape
     * and on its device. An entry is null if the input needs none; that of an input that is not
     * {@linkplain Value#isOnTape() on a tape} may be.
     *
     * <p>The callee owns {@code dy}: it may overwrite it, or return it as one of the gradients, but not as two. A
     * gradient that is returned belongs to the tape. It must share no memory with another gradient or with a tensor
     * that is still used.
     *
     * @param dy the gradient with respect to the operation's output
     */
    @Nullable
    Tensor[] gradients(Tensor dy);
}
