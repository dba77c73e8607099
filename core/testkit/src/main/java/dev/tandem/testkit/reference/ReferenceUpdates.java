package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.SgdStep;

/** Momentum SGD (paper, section 5; and PyTorch's form) and Adam, element by element. */
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

    @Override
    public void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {
        double[] weights = ReferenceStorage.of(w);
        double[] first = ReferenceStorage.of(m);
        double[] second = ReferenceStorage.of(v);
        double[] gradients = ReferenceStorage.of(g);
        double firstCorrection = 1 - Math.pow(step.beta1(), step.number());
        double secondCorrection = 1 - Math.pow(step.beta2(), step.number());
        for (int i = 0; i < weights.length; i++) {
            double gradient = gradients[i] + (step.decoupled() ? 0 : step.weightDecay() * weights[i]);
            first[i] = step.beta1() * first[i] + (1 - step.beta1()) * gradient;
            second[i] = step.beta2() * second[i] + (1 - step.beta2()) * gradient * gradient;
            if (step.decoupled()) {
                weights[i] -= step.learningRate() * step.weightDecay() * weights[i];
            }
            weights[i] -= step.learningRate()
                    * (first[i] / firstCorrection)
                    / (Math.sqrt(second[i] / secondCorrection) + step.epsilon());
        }
    }
}
