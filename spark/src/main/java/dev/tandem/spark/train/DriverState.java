package dev.tandem.spark.train;

import dev.tandem.nn.recipe.Training;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * All numbers of the model, on the driver, in slices. What was sent to executors is never changed: they may need it
 * again.
 */
final class DriverState {
    private final StateLayout layout;
    private final Floats[] slices;
    private final boolean[] isShared;
    private final boolean averages;

    DriverState(StateLayout layout, boolean averages) {
        this.layout = layout;
        this.averages = averages;
        this.slices = new Floats[layout.slices()];
        this.isShared = new boolean[slices.length];
        for (int slice = 0; slice < slices.length; slice++) {
            slices[slice] = new Floats(Slices.length(layout.total(), slice));
        }
    }

    /** A parameter, or what is kept for it. */
    float[] read(String parameter, @Nullable String state) {
        return layout.read(layout.entry(parameter, state), slice -> slices[slice]);
    }

    /** Replaces a parameter, with its average if one is kept, or what is kept for it. */
    void write(String parameter, @Nullable String state, float[] values) {
        put(layout.entry(parameter, state), values);
        boolean isAveraged = averages
                && state == null
                && layout.entries().stream()
                        .anyMatch(
                                entry -> entry.parameter().equals(parameter) && Training.AVERAGE.equals(entry.state()));
        if (isAveraged) {
            put(layout.entry(parameter, Training.AVERAGE), values);
        }
    }

    private void put(StateLayout.Entry entry, float[] values) {
        for (int slice = Slices.of(entry.offset()); slice <= Slices.of(entry.end() - 1); slice++) {
            if (isShared[slice]) {
                slices[slice] = slices[slice].copy();
                isShared[slice] = false;
            }
            Slices.Overlap overlap = Slices.overlap(slice, slices[slice].length(), entry.offset(), entry.length());
            slices[slice].write(overlap.inSlice(), values, overlap.inTensor(), overlap.length());
        }
    }

    /** Takes a slice from executors. */
    void set(int slice, Floats numbers) {
        slices[slice] = numbers;
        isShared[slice] = false;
    }

    /** Sends all slices, by all cores: one copies them more slowly than a good network takes them. */
    List<Broadcast<Floats>> send(JavaSparkContext context) {
        Arrays.fill(isShared, true);
        return Arrays.stream(slices).parallel().map(context::broadcast).toList();
    }
}
