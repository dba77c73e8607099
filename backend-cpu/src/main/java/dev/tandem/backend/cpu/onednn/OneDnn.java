package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_in_order;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.spi.Profile;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** One device's oneDNN engine and stream, and all native objects made with them. For the compute thread only. */
public final class OneDnn implements AutoCloseable {
    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();
    private final Deque<Runnable> owned = new ArrayDeque<>();
    private final FloatPointer zero = new FloatPointer(1);
    private final Arena arena;
    private final Profile profile;
    private long largestScratchpad;

    public OneDnn(Arena arena, Profile profile) {
        this.arena = arena;
        this.profile = profile;
        zero.put(0);
        owned.push(zero::deallocate);
        check(dnnl_engine_create(engine, dnnl_cpu, 0), "engine");
        owned.push(() -> dnnl_engine_destroy(engine));
        check(dnnl_stream_create(stream, engine, dnnl_stream_in_order), "stream");
        owned.push(() -> dnnl_stream_destroy(stream));
    }

    /** The address of a zero. */
    Pointer zero() {
        return zero;
    }

    public dnnl_engine engine() {
        return engine;
    }

    dnnl_stream stream() {
        return stream;
    }

    /** Attributes for one primitive: scratch memory comes from the arena. */
    public dnnl_primitive_attr attributes() {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        check(dnnl_primitive_attr_create(attributes), "attributes");
        onClose(() -> dnnl_primitive_attr_destroy(attributes));
        check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "scratchpad mode");
        return attributes;
    }

    /** Attributes for one primitive that adds its result, in single precision, to what is in its target. */
    public dnnl_primitive_attr accumulating() {
        dnnl_primitive_attr attributes = attributes();
        dnnl_post_ops after = new dnnl_post_ops();
        check(dnnl_post_ops_create(after), "post-operations");
        onClose(() -> dnnl_post_ops_destroy(after));
        check(dnnl_post_ops_append_sum(after, 1, 0, dnnl_f32), "sum");
        check(dnnl_primitive_attr_set_post_ops(attributes, after), "sum");
        return attributes;
    }

    /**
     * Memory of at least {@code bytes} for a primitive while it runs. Release it to the arena directly afterwards, so
     * that all primitives use the same block.
     */
    Block scratchpad(long bytes) {
        largestScratchpad = Math.max(largestScratchpad, bytes);
        return arena.allocate(largestScratchpad);
    }

    /** Records the names of the implementations that run. */
    Profile profile() {
        return profile;
    }

    /** The arena that scratchpads come from. */
    Arena arena() {
        return arena;
    }

    /** Calls {@code destroy} when the device closes; the last one first. */
    void onClose(Runnable destroy) {
        owned.push(destroy);
    }

    /** Fails on any status but success. */
    static void check(int status, String what) {
        if (status != dnnl_success) {
            throw new IllegalStateException("oneDNN refused the " + what + " with status " + status);
        }
    }

    @Override
    public void close() {
        owned.forEach(Runnable::run);
        owned.clear();
    }
}
