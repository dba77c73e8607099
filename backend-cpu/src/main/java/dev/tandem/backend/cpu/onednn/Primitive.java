package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;

import dev.tandem.backend.cpu.device.Block;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.javacpp.Pointer;

/** A compiled oneDNN primitive with its arguments: running it only sets addresses. */
public final class Primitive {
    private final OneDnn oneDnn;
    private final String name;
    private final dnnl_primitive primitive = new dnnl_primitive();
    private final dnnl_exec_arg_t arguments;
    private final int count;
    private final dnnl_memory[] memories;
    private final long[] addresses;
    private final long scratchBytes;

    /** One argument: its index in oneDNN, its layout, and its address if that never changes (otherwise null). */
    public record Argument(int index, dnnl_memory_desc descriptor, Pointer place) {
        public Argument(int index, dnnl_memory_desc descriptor) {
            this(index, descriptor, null);
        }

        public static Argument of(int index, Layout layout) {
            return new Argument(index, layout.descriptor());
        }
    }

    public Primitive(OneDnn oneDnn, Candidate chosen, Argument... arguments) {
        this(oneDnn, chosen, List.of(arguments));
    }

    /**
     * Compiles {@code chosen}, to be run on the memory of {@code arguments} in this order; those with a place come
     * last.
     */
    public Primitive(OneDnn oneDnn, Candidate chosen, List<Argument> arguments) {
        this.oneDnn = oneDnn;
        this.name = chosen.implementation();
        OneDnn.check(dnnl_primitive_create(primitive, chosen.descriptor()), name + " primitive");
        oneDnn.onClose(() -> dnnl_primitive_destroy(primitive));
        dnnl_memory_desc scratch = chosen.query(dnnl_query_scratchpad_md);
        this.scratchBytes = scratch == null ? 0 : dnnl_memory_desc_get_size(scratch);
        this.count = arguments.size() + (scratchBytes > 0 ? 1 : 0);
        this.arguments = new dnnl_exec_arg_t(count);
        this.memories = new dnnl_memory[count];
        this.addresses = new long[count];
        for (int i = 0; i < arguments.size(); i++) {
            bind(i, arguments.get(i));
        }
        if (scratchBytes > 0) {
            bind(arguments.size(), new Argument(DNNL_ARG_SCRATCHPAD, scratch));
        }
    }

    /** oneDNN's name of what was compiled. */
    public String implementation() {
        return name;
    }

    private void bind(int position, Argument argument) {
        dnnl_memory memory = new dnnl_memory();
        OneDnn.check(
                dnnl_memory_create(memory, argument.descriptor(), oneDnn.engine(), argument.place()),
                name + " argument");
        oneDnn.onClose(() -> dnnl_memory_destroy(memory));
        memories[position] = memory;
        arguments.getPointer(position).arg(argument.index()).memory(memory);
    }

    /** Runs it on the memory of its arguments, in the order of the constructor's, and waits. */
    public void run(Pointer... memory) {
        for (int i = 0; i < memory.length; i++) {
            point(i, memory[i]);
        }
        if (scratchBytes == 0) {
            execute();
            return;
        }
        Block scratchpad = oneDnn.scratchpad(scratchBytes);
        point(count - 1, scratchpad.pointer());
        execute();
        oneDnn.arena().release(scratchpad);
    }

    private void execute() {
        OneDnn.check(dnnl_primitive_execute(primitive, oneDnn.stream(), count, arguments), name + " execution");
        oneDnn.profile().servedBy(name);
    }

    private void point(int position, Pointer memory) {
        // A repeated step has its memory at the same addresses, so native code is rarely called for this.
        if (addresses[position] != memory.address()) {
            OneDnn.check(dnnl_memory_set_data_handle(memories[position], memory), name + " address");
            addresses[position] = memory.address();
        }
    }
}
