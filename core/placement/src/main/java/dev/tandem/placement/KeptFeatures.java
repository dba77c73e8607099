package dev.tandem.placement;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.placement.Sharded.Shard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What the frozen first steps of a network on one device make of each row that has an identity: computed once, and kept
 * in Java's memory. A row's numbers must depend neither on the rows beside it nor on how many they are. Both are checked
 * once, to the bit, when there is a row to compare; otherwise the whole batch is computed, always or for missing rows.
 */
final class KeptFeatures {
    /** Missing rows are computed by themselves if they are at most this part of a batch. */
    private static final int FEW = 8;

    private final FrozenPrefix prefix;
    private final Plan first;
    private final Plan rest;
    private final int rowLength;
    private final Map<Long, float[]> rows = new HashMap<>();
    private final long most;
    private boolean rowsChecked;
    private boolean fewChecked;
    private boolean fewDiffer;
    private boolean stopped;
    /** Of the frozen steps, by name: they do not change, so that one batch stands for all. */
    private Map<String, ActivationHealth> health = Map.of();

    /**
     * Nothing kept yet.
     *
     * @param plan the whole network, on one device
     * @param most bytes that may be kept
     */
    KeptFeatures(FrozenPrefix prefix, Plan plan, long most) {
        this.prefix = prefix;
        this.first = part(plan, 0, prefix.length());
        this.rest = part(plan, prefix.length(), plan.steps().size());
        this.rowLength = prefix.output().withoutBatch().arrayLength();
        this.most = most;
    }

    private static Plan part(Plan plan, int from, int to) {
        return new Plan(
                plan.network(),
                plan.devices(),
                plan.inputs(),
                plan.owners(),
                plan.steps().subList(from, to));
    }

    /** Whether the rows of {@code batch} can be kept. */
    boolean keeps(HostBatch batch) {
        return !stopped
                && batch.rows() > 0
                && IntStream.range(0, batch.rows()).noneMatch(row -> batch.identity(row) == HostBatch.NO_IDENTITY);
    }

    /** Forgets all rows, as parameters have changed. */
    void clear() {
        rows.clear();
        health = Map.of();
    }

    /** Takes note of the health of the frozen steps. */
    void keep(Map<String, ActivationHealth> all) {
        Map<String, ActivationHealth> frozen = new HashMap<>(all);
        frozen.keySet()
                .retainAll(
                        first.steps().stream().map(step -> step.step().name()).toList());
        health = frozen;
    }

    /**
     * The health of the frozen steps, if {@link #runKept} can be used instead of a whole pass to find that of the others;
     * otherwise empty.
     */
    Map<String, ActivationHealth> health(HostBatch batch) {
        boolean all = prefix.ofBothModes()
                && keeps(batch)
                && IntStream.range(0, batch.rows()).allMatch(row -> rows.containsKey(key(batch, row, true)));
        return all ? health : Map.of();
    }

    /** The outputs of the network in inference, from what was kept of all rows in training. */
    List<Sharded> runKept(ForwardPass pass, Tap tap) {
        float[] values = new float[pass.batch().shape().dim(0) * rowLength];
        for (int row = 0; row < pass.batch().rows(); row++) {
            System.arraycopy(rows.get(key(pass.batch(), row, true)), 0, values, row * rowLength, rowLength);
        }
        return run(pass, values, tap);
    }

    /** The outputs of the network for the batch of {@code pass}, which this {@linkplain #keeps keeps}. */
    List<Sharded> run(ForwardPass pass) {
        return run(pass, features(pass), Tap.NONE);
    }

    private List<Sharded> run(ForwardPass pass, float[] features, Tap tap) {
        int images = pass.batch().shape().dim(0);
        Device device = rest.devices().get(0);
        Shape shape = prefix.output().with(0, images);
        ChannelRange channels = new ChannelRange(0, shape.rank() < 2 ? 1 : shape.dim(1));
        // Also what was just computed is passed on from here, so that the rest always gets it in the same layout.
        Value value = Value.constant(device.tensor(shape, features));
        Sharded given = new Sharded(List.of(new Shard(new ShardExtent(0, images, channels), value)), 1);
        return pass.through(rest).run(Map.of(prefix.last(), given), tap);
    }

    /** The outputs of the first steps for all rows; zeros, or anything, for rows without data. */
    private float[] features(ForwardPass pass) {
        HostBatch batch = pass.batch();
        boolean training = pass.settings() != null;
        float[] values = new float[batch.shape().dim(0) * rowLength];
        List<Integer> missing = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            float[] kept = rows.get(key(batch, row, training));
            if (kept == null) {
                missing.add(row);
            } else {
                System.arraycopy(kept, 0, values, row * rowLength, rowLength);
            }
        }
        boolean few = missing.size() <= batch.shape().dim(0) / FEW && !fewDiffer;
        if (few && !missing.isEmpty()) {
            fill(values, missing, computed(pass.of(chosen(batch, missing))));
        }
        boolean checked = rowsChecked && (missing.isEmpty() || few && fewChecked);
        if (!checked) {
            float[] computed = computed(pass);
            check(values, missing, few, computed, batch.rows());
            values = computed;
        }
        keep(pass, missing, values);
        return values;
    }

    /** A layer may tell training from inference. */
    private static long key(HostBatch batch, int row, boolean training) {
        return 2 * batch.identity(row) + (training ? 1 : 0);
    }

    /** A batch of some rows only, the rest of it zeros. */
    private static HostBatch chosen(HostBatch batch, List<Integer> chosen) {
        int length = batch.shape().dim(0) / FEW;
        HostBatch few = HostBatch.of(
                batch.shapes().stream().map(shape -> shape.with(0, length)).toList());
        for (int input = 0; input < batch.shapes().size(); input++) {
            int elements = batch.shapes().get(input).withoutBatch().arrayLength();
            for (int i = 0; i < chosen.size(); i++) {
                few.input(input).put(i * elements, batch.input(input), chosen.get(i) * elements, elements);
            }
        }
        return few;
    }

    private float[] computed(ForwardPass pass) {
        try (TensorScope scope = TensorScope.open()) {
            Sharded[] last = new Sharded[1];
            pass.through(first).run(Map.of(), (step, output) -> {
                last[0] = output;
                return output;
            });
            return last[0].on(first.devices().get(0), last[0].whole()).tensor().read();
        }
    }

    private void fill(float[] values, List<Integer> missing, float[] few) {
        for (int i = 0; i < missing.size(); i++) {
            System.arraycopy(few, i * rowLength, values, missing.get(i) * rowLength, rowLength);
        }
    }

    /** Compares rows that were kept, and those that were computed by themselves, with a whole batch. */
    private void check(float[] values, List<Integer> missing, boolean few, float[] computed, int count) {
        for (int row = 0; row < count; row++) {
            int from = row * rowLength;
            boolean same = Arrays.equals(values, from, from + rowLength, computed, from, from + rowLength);
            if (!missing.contains(row)) {
                rowsChecked = true;
                stopped |= !same;
            } else if (few) {
                fewChecked = true;
                fewDiffer |= !same;
            }
        }
    }

    private void keep(ForwardPass pass, List<Integer> missing, float[] values) {
        // If some rows did not fit, batches in another order would find a few of theirs, and have to compute all.
        stopped |= prefix.keptBytes(rows.size() + (long) missing.size()) > most;
        if (stopped) {
            rows.clear();
            return;
        }
        for (int row : missing) {
            rows.put(
                    key(pass.batch(), row, pass.settings() != null),
                    Arrays.copyOfRange(values, row * rowLength, (row + 1) * rowLength));
        }
    }
}
