package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Several layers over the same input, whose outputs are joined along the channel axis:
 * {@code y = [branch 0 (x), branch 1 (x), ...]}. Outputs of shapes {@code (N, C0, ...)}, {@code (N, C1, ...)} make
 * {@code (N, C0 + C1 + ..., ...)}. The parameters are named by the branch's position: {@code 0.weight}.
 *
 * @param branches the layers
 */
public record Concatenation(List<Layer> branches) implements Layer {
    public Concatenation {
        if (branches == null || branches.isEmpty() || branches.stream().anyMatch(Objects::isNull)) {
            throw TandemException.argument(
                    "concatenation", "no branch, or a null one", branches, "one layer or more", "");
        }
        branches = List.copyOf(branches);
    }

    /** These layers side by side. */
    public static Concatenation of(Layer... branches) {
        return new Concatenation(Arrays.asList(branches));
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        List<ParameterSpec> all = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            String name = Integer.toString(i);
            branches.get(i).parameters(input).forEach(spec -> all.add(spec.within(name)));
        }
        return all;
    }

    @Override
    public Value forward(Value x, Context context) {
        return forward(List.of(x), List.of(context)).get(0);
    }

    @Override
    public List<Value> forward(List<Value> parts, List<Context> contexts) {
        List<List<Value>> outputs = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            String name = Integer.toString(i);
            outputs.add(branches.get(i)
                    .forward(
                            parts,
                            contexts.stream()
                                    .map(context -> context.within(name))
                                    .toList()));
        }
        return IntStream.range(0, parts.size())
                .mapToObj(part -> Value.concatenate(
                        1, outputs.stream().map(output -> output.get(part)).toArray(Value[]::new)))
                .toList();
    }

    @Override
    public Shape outputShape(Shape input) {
        int channels = branches.stream()
                .mapToInt(branch -> branch.outputShape(input).dim(1))
                .sum();
        return branches.get(0).outputShape(input).with(1, channels);
    }
}
