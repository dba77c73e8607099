package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.SgdStep;

/** Momentum SGD (paper, section 5; and PyTorch's form), element by element. */
final class ReferenceUpdates implements UpdateKernels {
    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        double[] weights = ReferenceStorage.of(w);
        double[] velocity = ReferenceStorage.of(v);
        double[] gradient = ReferenceStorage.of(g);
        for (int i = 0; i < weights.length; i++) {
            switch (step.rule()) {
                case LEARNING_RATE_IN_VELOCITY -> {
                    velocity[i] = step.momentum() * velocity[i]
                            - step.weightDecay() * step.learningRate() * weights[i]
                            - step.learningRate() * gradient[i];
                    weights[i] += velocity[i];
                }
                case LEARNING_RATE_OUTSIDE -> {
                    velocity[i] = step.momentum() * velocity[i] + step.weightDecay() * weights[i] + gradient[i];
                    weights[i] -= step.learningRate() * velocity[i];
                }
            }
        }
    }
}
