package dev.tandem.backend.cpu;

import dev.tandem.backend.cpu.convolution.CpuConvolutions;
import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.elementwise.CpuElementwise;
import dev.tandem.backend.cpu.elementwise.CpuRandom;
import dev.tandem.backend.cpu.elementwise.CpuReductions;
import dev.tandem.backend.cpu.elementwise.CpuUpdates;
import dev.tandem.backend.cpu.matrix.CpuMatrices;
import dev.tandem.backend.cpu.memory.CpuMemory;
import dev.tandem.backend.cpu.normalization.CpuNormalizations;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.pooling.CpuPooling;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Profile;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.kernel.ReductionKernels;
import dev.tandem.spi.kernel.UpdateKernels;

/** One device: its workbench and the kernels of all families. */
final class CpuDevice implements DeviceKernels, AutoCloseable {
    private final Workbench bench;
    private final MemoryKernels memory;
    private final ElementwiseKernels elementwise;
    private final ReductionKernels reductions;
    private final MatrixKernels matrices;
    private final ConvolutionKernels convolutions;
    private final PoolingKernels pooling;
    private final NormalizationKernels normalizations;
    private final RandomKernels random;
    private final UpdateKernels updates;

    /** A device on {@code threads} threads of this chip; {@code withOneDnn} needs its library to be there. */
    CpuDevice(
            DeviceId id,
            int threads,
            boolean withOneDnn,
            Precision products,
            Precision inferenceWeights,
            MemoryBudget budget) {
        this.bench = new Workbench(id, threads, withOneDnn, products, inferenceWeights, budget);
        this.memory = new CpuMemory(bench);
        this.elementwise = new CpuElementwise(bench);
        this.reductions = new CpuReductions(bench);
        this.matrices = new CpuMatrices(bench);
        this.convolutions = new CpuConvolutions(bench);
        this.pooling = new CpuPooling(bench);
        this.normalizations = new CpuNormalizations(bench);
        this.random = new CpuRandom(bench);
        this.updates = new CpuUpdates(bench);
    }

    @Override
    public MemoryKernels memory() {
        return memory;
    }

    @Override
    public ElementwiseKernels elementwise() {
        return elementwise;
    }

    @Override
    public ReductionKernels reductions() {
        return reductions;
    }

    @Override
    public MatrixKernels matrices() {
        return matrices;
    }

    @Override
    public ConvolutionKernels convolutions() {
        return convolutions;
    }

    @Override
    public PoolingKernels pooling() {
        return pooling;
    }

    @Override
    public NormalizationKernels normalizations() {
        return normalizations;
    }

    @Override
    public RandomKernels random() {
        return random;
    }

    @Override
    public UpdateKernels updates() {
        return updates;
    }

    @Override
    public Profile profile() {
        return bench.profile();
    }

    /** Runs what is queued, stops the threads and gives all native memory back. */
    @Override
    public void close() {
        bench.close();
    }
}
