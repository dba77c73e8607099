package dev.tandem.backend.cpu.loops;

import dev.tandem.backend.cpu.device.Block;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/** Matrix products by ND4J, on blocks of the arena. */
public final class Nd4jProducts {
    private Nd4jProducts() {}

    /** A row-major matrix that begins at element {@code index} of {@code block}. */
    public record Matrix(Block block, long index, long rows, long columns) {
        private INDArray array() {
            return Nd4j.create(
                    block.buffer(), new long[] {rows, columns}, new long[] {columns, 1}, block.start() + index, 'c');
        }
    }

    /** {@code out = op(a) op(b)}; op transposes its matrix if its flag is set. */
    public static void product(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix out) {
        MMulTranspose transposes = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .build();
        Nd4j.exec(new Mmul(a.array(), b.array(), out.array(), transposes));
    }
}
