package dev.tandem.spark.train;

import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.PlacedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * All numbers of a model in training, one after the other: the parameters, then what the optimizer keeps for each. They
 * travel in slices of equal length.
 */
final class StateLayout {
    /**
     * A tensor's place.
     *
     * @param state what the optimizer calls it; null for the parameter itself
     * @param offset its first number among all
     */
    record Entry(String parameter, @Nullable String state, long offset, int length) {
        long end() {
            return offset + length;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final long total;

    /**
     * The numbers of a model.
     *
     * @param state the names of what is kept for each trained parameter
     */
    StateLayout(List<ParameterSpec> parameters, List<String> state) {
        long offset = 0;
        for (ParameterSpec spec : parameters) {
            offset = add(spec, null, offset);
        }
        for (String name : state) {
            for (ParameterSpec spec : parameters) {
                offset = spec.isTrained() ? add(spec, name, offset) : offset;
            }
        }
        this.total = offset;
    }

    private long add(ParameterSpec spec, @Nullable String state, long offset) {
        Entry entry = new Entry(spec.name(), state, offset, spec.shape().arrayLength());
        entries.add(entry);
        return entry.end();
    }

    List<Entry> entries() {
        return entries;
    }

    /** How many numbers there are. */
    long total() {
        return total;
    }

    /** How many slices they make. */
    int slices() {
        return Slices.count(total);
    }

    /** The place of a parameter, or of what is kept for it. */
    Entry entry(String parameter, @Nullable String state) {
        return entries.stream()
                .filter(entry -> entry.parameter().equals(parameter)
                        && (state == null ? entry.state() == null : state.equals(entry.state())))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + state + " of " + parameter));
    }

    /** Reads slices of a model; those asked for in rising order read each tensor once. */
    IntFunction<Floats> reader(PlacedModel model) {
        return new IntFunction<>() {
            private @Nullable Entry last;
            private float[] values = new float[0];

            @Override
            public Floats apply(int slice) {
                Floats numbers = new Floats(Slices.length(total, slice));
                for (Entry entry : entries) {
                    Slices.Overlap overlap = Slices.overlap(slice, numbers.length(), entry.offset(), entry.length());
                    if (overlap != null) {
                        if (entry != last) {
                            values = entry.state() == null
                                    ? model.read(entry.parameter())
                                    : model.readState(entry.state(), entry.parameter());
                            last = entry;
                        }
                        numbers.write(overlap.inSlice(), values, overlap.inTensor(), overlap.length());
                    }
                }
                return numbers;
            }
        };
    }

    /** Puts slices into a model. */
    void write(IntFunction<Floats> slices, PlacedModel model) {
        for (Entry entry : entries) {
            float[] values = read(entry, slices);
            if (entry.state() == null) {
                model.write(entry.parameter(), values);
            } else {
                model.writeState(entry.state(), entry.parameter(), values);
            }
        }
    }

    /** A tensor's numbers. */
    float[] read(Entry entry, IntFunction<Floats> slices) {
        float[] values = new float[entry.length()];
        for (int slice = Slices.of(entry.offset()); slice <= Slices.of(entry.end() - 1); slice++) {
            Floats numbers = slices.apply(slice);
            Slices.Overlap overlap = Slices.overlap(slice, numbers.length(), entry.offset(), entry.length());
            numbers.read(overlap.inSlice(), values, overlap.inTensor(), overlap.length());
        }
        return values;
    }
}
