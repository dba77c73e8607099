package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.op.UnaryFunction;

/** A layer that can apply the activation after it as part of its own operation. */
interface Fusible extends Layer {
    Value forward(Value x, Context context, UnaryFunction activation);

    @Override
    default Value forward(Value x, Context context) {
        return forward(x, context, UnaryFunction.IDENTITY);
    }
}
