package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_impl_info_str;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** One way in which oneDNN offers to do an operation, before anything is compiled. */
public final class Candidate {
    /** How fast an implementation is, the fastest last. */
    public enum Rank {
        /** What oneDNN calls its reference code: plain loops, about 1,000 times slower. Never used. */
        REFERENCE,
        /** By way of a matrix product. */
        PRODUCT,
        /** Compiled for this processor; oneDNN reorders operands and results by itself. */
        REORDERED,
        /** Compiled for this processor. */
        COMPILED
    }

    private final dnnl_primitive_desc descriptor;
    private final String implementation;

    private Candidate(dnnl_primitive_desc descriptor) {
        this.descriptor = descriptor;
        try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
            OneDnn.check(
                    dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, text), "implementation's name");
            this.implementation = text.get(BytePointer.class, 0).getString();
        }
    }

    /** What {@code create} makes of an empty descriptor; null if oneDNN has no implementation. */
    public static Candidate of(OneDnn oneDnn, ToIntFunction<dnnl_primitive_desc> create) {
        dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
        if (create.applyAsInt(descriptor) != dnnl_success) {
            return null;
        }
        oneDnn.onClose(() -> dnnl_primitive_desc_destroy(descriptor));
        return new Candidate(descriptor);
    }

    /** {@code candidate}, which may be null, if it is better than reference code; otherwise empty. */
    public static Optional<Candidate> usable(Candidate candidate) {
        return Optional.ofNullable(candidate).filter(found -> found.rank() != Rank.REFERENCE);
    }

    /**
     * The first of the best; null if none is better than reference code. No offer is tried after one of the best rank.
     */
    public static Candidate best(List<Supplier<Candidate>> offers) {
        Candidate best = null;
        for (Supplier<Candidate> offer : offers) {
            Candidate candidate = offer.get();
            if (candidate != null
                    && candidate.rank() != Rank.REFERENCE
                    && (best == null || candidate.rank().compareTo(best.rank()) > 0)) {
                best = candidate;
            }
            if (best != null && best.rank() == Rank.COMPILED) {
                break;
            }
        }
        return best;
    }

    public dnnl_primitive_desc descriptor() {
        return descriptor;
    }

    /** oneDNN's name for it, such as {@code jit:avx512_core}. */
    public String implementation() {
        return implementation;
    }

    public Rank rank() {
        if (implementation.contains("ref")) {
            return Rank.REFERENCE;
        }
        if (implementation.contains("gemm:jit") && !implementation.contains("brgemm")) {
            return Rank.PRODUCT;
        }
        return implementation.startsWith("jit_uni_ncsp") ? Rank.REORDERED : Rank.COMPILED;
    }

    /** The descriptor of an argument, owned by this candidate; null if there is none. */
    public dnnl_memory_desc query(int what) {
        dnnl_memory_desc found = dnnl_primitive_desc_query_md(descriptor, what, 0);
        return found == null || found.isNull() ? null : found;
    }
}
