package dev.tandem.spark.train;

import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.HostGradients;
import dev.tandem.placement.FactoredWeights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The gradients of a step as numbers that are summed up, and as factors, which are joined row by row, of
 * {@link FactoredWeights}.
 */
final class GradientLayout {
    private final List<ParameterSpec> summed = new ArrayList<>();
    private final List<ParameterSpec> factored = new ArrayList<>();
    private final long total;

    GradientLayout(Recipe recipe) {
        Set<String> names = FactoredWeights.of(recipe);
        for (ParameterSpec spec : recipe.network().parameters(recipe.inputs(recipe.batch()))) {
            if (names.contains(spec.name())) {
                factored.add(spec);
            } else if (spec.isTrained() || spec.isState()) {
                summed.add(spec);
            }
        }
        this.total = summed.stream().mapToLong(spec -> spec.shape().elements()).sum();
    }

    /** The names of the parameters whose gradients are factors. */
    Set<String> factored() {
        Set<String> names = new LinkedHashSet<>();
        factored.forEach(spec -> names.add(spec.name()));
        return names;
    }

    /** How many numbers are summed up. */
    long total() {
        return total;
    }

    /** How many slices the numbers that are summed up make. */
    int slices() {
        return Slices.count(total);
    }

    /** How many parts travel: the slices, and two factors for each factored parameter. */
    int parts() {
        return slices() + 2 * factored.size();
    }

    /** Whether part {@code part} is joined row by row, and not summed up. */
    boolean isJoined(int part) {
        return part >= slices();
    }

    /** The bytes of the sums and the factors of {@code rows} rows. */
    long bytes(long rows) {
        return Float.BYTES
                * (total
                        + factored.stream()
                                .mapToLong(spec -> rows
                                        * (spec.shape().dim(0) + spec.shape().dim(1)))
                                .sum());
    }

    /**
     * What has no gradient, as the loss does not depend on it, and states that were not replaced.
     *
     * @param given the gradients of one batch
     */
    List<String> absent(HostGradients given) {
        return Stream.concat(
                        summed.stream()
                                .filter(spec -> !(spec.isState() ? given.states() : given.gradients())
                                        .containsKey(spec.name())),
                        factored.stream().filter(spec -> !given.factors().containsKey(spec.name())))
                .map(ParameterSpec::name)
                .toList();
    }

    /** Sums up the gradients of a worker's batches, in parts. */
    final class Sums {
        private final float[][] slices;
        private final Map<String, List<HostGradients.Factors>> factors = new LinkedHashMap<>();
        private List<String> absent = List.of();

        Sums() {
            slices = new float[slices()][];
            for (int slice = 0; slice < slices.length; slice++) {
                slices[slice] = new float[Slices.length(total, slice)];
            }
        }

        /**
         * Adds the gradients of a batch.
         *
         * @param share what they are multiplied by
         * @param last whether it is the last batch, which has the states that remain
         * @param stateShare what states are multiplied by
         */
        void add(HostGradients given, double share, boolean last, double stateShare) {
            absent = GradientLayout.this.absent(given);
            long offset = 0;
            for (ParameterSpec spec : summed) {
                int length = spec.shape().arrayLength();
                float[] values = spec.isState()
                        ? (last ? given.states().get(spec.name()) : null)
                        : given.gradients().get(spec.name());
                if (values != null) {
                    add(values, offset, (float) (spec.isState() ? stateShare : share));
                }
                offset += length;
            }
            for (ParameterSpec spec : factored) {
                HostGradients.Factors pair = given.factors().get(spec.name());
                if (pair != null) {
                    float[] scaled = pair.outputGradients();
                    for (int i = 0; i < scaled.length; i++) {
                        scaled[i] *= (float) share;
                    }
                    factors.computeIfAbsent(spec.name(), name -> new ArrayList<>())
                            .add(pair);
                }
            }
        }

        private void add(float[] values, long offset, float share) {
            for (int slice = Slices.of(offset); slice <= Slices.of(offset + values.length - 1); slice++) {
                Slices.Overlap overlap = Slices.overlap(slice, slices[slice].length, offset, values.length);
                for (int i = 0; i < overlap.length(); i++) {
                    slices[slice][overlap.inSlice() + i] += share * values[overlap.inTensor() + i];
                }
            }
        }

        /** What the loss does not depend on. */
        List<String> absent() {
            return absent;
        }

        /** The numbers of a part; none of what the loss does not depend on. */
        Floats part(int part) {
            if (!isJoined(part)) {
                return Floats.of(slices[part]);
            }
            int index = (part - slices.length) / 2;
            boolean inputs = (part - slices.length) % 2 == 0;
            return Floats.joined(factors.getOrDefault(factored.get(index).name(), List.of()).stream()
                    .map(pair -> Floats.of(inputs ? pair.inputs() : pair.outputGradients()))
                    .toList());
        }
    }

    /**
     * The gradients that merged parts are.
     *
     * @param parts by number
     * @param absent what has no gradient
     */
    HostGradients gradients(List<Floats> parts, List<String> absent) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        Map<String, float[]> states = new LinkedHashMap<>();
        Map<String, HostGradients.Factors> factors = new LinkedHashMap<>();
        long offset = 0;
        for (ParameterSpec spec : summed) {
            int length = spec.shape().arrayLength();
            if (!absent.contains(spec.name())) {
                (spec.isState() ? states : gradients).put(spec.name(), numbers(parts, offset, length));
            }
            offset += length;
        }
        for (int i = 0; i < factored.size(); i++) {
            if (absent.contains(factored.get(i).name())) {
                continue;
            }
            float[] inputs = parts.get(slices() + 2 * i).values();
            float[] outputs = parts.get(slices() + 2 * i + 1).values();
            int rows = outputs.length / factored.get(i).shape().dim(0);
            factors.put(factored.get(i).name(), new HostGradients.Factors(rows, inputs, outputs));
        }
        return new HostGradients(gradients, factors, states, 0);
    }

    private static float[] numbers(List<Floats> slices, long offset, int length) {
        float[] numbers = new float[length];
        for (int slice = Slices.of(offset); slice <= Slices.of(offset + length - 1); slice++) {
            Floats some = slices.get(slice);
            Slices.Overlap overlap = Slices.overlap(slice, some.length(), offset, length);
            some.read(overlap.inSlice(), numbers, overlap.inTensor(), overlap.length());
        }
        return numbers;
    }
}
