package dev.tandem.nn.autograd;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.UnaryFunction;

/**
 * The gradient of the activation that an operation ends with. If one other operation alone uses the output, that may
 * compute this gradient along with its own, so that the tensor is not read and written once more for it.
 */
final class ActivationGradient {
    private final UnaryFunction f;
    private final Tensor y;
    private int uses;
    private boolean taken;

    /**
     * The gradient of an activation.
     *
     * @param f the activation; its gradient comes from the output
     * @param y its output
     */
    ActivationGradient(UnaryFunction f, Tensor y) {
        this.f = f;
        this.y = y;
    }

    /** Counts an operation that uses the output, or a gradient that the caller gives. */
    void use() {
        uses++;
    }

    /** The activation whose gradient the calling user of the output has to compute; the identity if there are others. */
    UnaryFunction take() {
        taken = uses == 1;
        return taken ? f : UnaryFunction.IDENTITY;
    }

    /** The gradient before the activation, in the place of {@code dy}, unless that is it already. */
    Tensor before(Tensor dy) {
        return taken ? dy : y.device().elementwise().unaryBackwardInPlace(f, y, dy);
    }
}
