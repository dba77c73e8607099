package dev.tandem.placement;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.spi.Device;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.InputTensor;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of batches that are copied to the devices while these compute. There is room for two batches: one is filled
 * while the other is in use. It stays empty for devices that cannot do both at once.
 */
final class PrefetchedInputs implements AutoCloseable {
    private final Room[] rooms;
    private int next;

    PrefetchedInputs(Plan plan) {
        this.rooms = new Room[] {new Room(plan), new Room(plan)};
    }

    /** An input of a step on one device, in memory of its own. */
    private static final class Slot {
        private final Device device;
        private final String step;
        private final int input;
        private final int index;
        private final int first;
        private final InputTensor tensor;
        private HostMemory memory;
        private long accesses;
        private boolean isFilled;
        private boolean isTaken;

        /**
         * A slot for {@code input} of {@code step}.
         *
         * @param index the network's input that it is
         * @param first the element of the batch's input that the tensor begins with
         */
        Slot(Device device, String step, int input, int index, int first, InputTensor tensor) {
            this.device = device;
            this.step = step;
            this.input = input;
            this.index = index;
            this.first = first;
            this.tensor = tensor;
        }

        void fill(HostBatch batch) {
            memory = batch.memory(index);
            accesses = memory.accesses();
            device.profile().during(Profile.BATCH, () -> {
                tensor.fill(memory, first);
                return tensor;
            });
            isFilled = true;
        }

        boolean isFor(Device wanted, String wantedStep, int wantedInput, Shape shape) {
            return device == wanted
                    && step.equals(wantedStep)
                    && input == wantedInput
                    && tensor.shape().equals(shape);
        }

        /** A tensor of the elements; null if they were taken before, or what they were copied from may have changed. */
        @Nullable
        Tensor take() {
            boolean isCurrent = isFilled && memory.accesses() == accesses;
            isFilled = false;
            isTaken |= isCurrent;
            // Of its own: a layer may return its input, and a pass closes what layers return.
            return isCurrent ? device.memory().reshape(tensor.take(), tensor.shape()) : null;
        }

        void done() {
            if (isTaken) {
                isTaken = false;
                tensor.done();
            }
        }
    }

    /** The inputs of one batch. */
    private static final class Room {
        private final Plan plan;
        private final List<Slot> slots = new ArrayList<>();
        private List<Shape> shapes = List.of();
        private @Nullable HostBatch batch;

        Room(Plan plan) {
            this.plan = plan;
        }

        void fill(HostBatch wanted) {
            if (!shapes.equals(wanted.shapes())) {
                close();
                shapes = wanted.shapes();
                plan.steps().forEach(this::addSlots);
            }
            batch = slots.isEmpty() ? null : wanted;
            slots.forEach(slot -> slot.fill(wanted));
        }

        private void addSlots(ShardedStep step) {
            List<Device> devices = plan.devices();
            List<String> inputs = step.step().inputs();
            for (int input = 0; input < inputs.size(); input++) {
                int index = plan.network().inputs().indexOf(inputs.get(input));
                for (int device = 0; index >= 0 && device < devices.size(); device++) {
                    Shape whole = shapes.get(index);
                    ShardExtent extent = step.extent(device, devices.size(), whole.dim(0));
                    ShardExtent needed = extent == null ? null : step.needed(device, extent, input);
                    if (needed != null) {
                        add(devices.get(device), step.step().name(), input, index, needed);
                    }
                }
            }
        }

        private void add(Device device, String step, int input, int index, ShardExtent needed) {
            Shape whole = shapes.get(index);
            int first = needed.firstImage() * whole.withoutBatch().arrayLength();
            device.memory()
                    .input(whole.with(0, needed.images()))
                    .ifPresent(tensor -> slots.add(new Slot(device, step, input, index, first, tensor)));
        }

        void close() {
            batch = null;
            slots.forEach(slot -> slot.tensor.close());
            slots.clear();
        }
    }

    /** Begins the copies of a batch; whether there are any. It replaces the batch before the last. No pass is under way. */
    boolean fill(HostBatch batch) {
        for (Room room : rooms) {
            room.slots.forEach(Slot::done);
        }
        Room room = rooms[next];
        next = 1 - next;
        room.fill(batch);
        return !room.slots.isEmpty();
    }

    /**
     * The images {@code shape} of {@code batch} for an input of {@code step}; null if they were not copied, or the batch
     * may have changed since.
     */
    @Nullable
    Tensor take(HostBatch batch, Device device, String step, int input, Shape shape) {
        // The same batch may be in both: what was filled first is taken first.
        for (Room room : List.of(rooms[next], rooms[1 - next])) {
            for (Slot slot : room.batch == batch ? room.slots : List.<Slot>of()) {
                Tensor taken = slot.isFor(device, step, input, shape) ? slot.take() : null;
                if (taken != null) {
                    return taken;
                }
            }
        }
        return null;
    }

    @Override
    public void close() {
        for (Room room : rooms) {
            room.close();
        }
    }
}
