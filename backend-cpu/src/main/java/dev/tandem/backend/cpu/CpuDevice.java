package dev.tandem.backend.cpu;

import dev.tandem.backend.cpu.convolution.CpuConvolutions;
import dev.tandem.backend.cpu.convolution.OneDnnConvolution;
import dev.tandem.backend.cpu.convolution.OneDnnWeightGradient;
import dev.tandem.backend.cpu.convolution.PlainConvolution;
import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.elementwise.CpuElementwise;
import dev.tandem.backend.cpu.elementwise.CpuRandom;
import dev.tandem.backend.cpu.elementwise.CpuReductions;
import dev.tandem.backend.cpu.elementwise.CpuUpdates;
import dev.tandem.backend.cpu.elementwise.OneDnnElementwise;
import dev.tandem.backend.cpu.loops.Nd4jProducts;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.loops.PlainReductions;
import dev.tandem.backend.cpu.matrix.CpuMatrices;
import dev.tandem.backend.cpu.matrix.OneDnnLinear;
import dev.tandem.backend.cpu.matrix.OneDnnProduct;
import dev.tandem.backend.cpu.memory.CpuMemory;
import dev.tandem.backend.cpu.memory.RangeCopy;
import dev.tandem.backend.cpu.normalization.CpuNormalizations;
import dev.tandem.backend.cpu.normalization.OneDnnNormalization;
import dev.tandem.backend.cpu.normalization.PlainNormalization;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Reorders;
import dev.tandem.backend.cpu.pooling.CpuPooling;
import dev.tandem.backend.cpu.pooling.OneDnnPooling;
import dev.tandem.backend.cpu.pooling.PlainPooling;
import dev.tandem.backend.cpu.workbench.Storages;
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

/** One device: its compute thread, its memory and its kernels. */
final class CpuDevice implements DeviceKernels, AutoCloseable {
    private final Profile profile = new Profile();
    private final ComputeThread thread;
    private final ThreadTeam team;
    private final Arena arena;
    private final OneDnn oneDnn;
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
    CpuDevice(DeviceId id, int threads, boolean withOneDnn, Precision products, MemoryBudget budget) {
        this.thread = new ComputeThread(id, profile);
        this.team = new ThreadTeam(threads, "tandem-" + id);
        this.arena = new Arena(id.toString(), budget);
        this.oneDnn = withOneDnn ? thread.call("open " + id, () -> new OneDnn(arena, profile)) : null;
        // Loading ND4J takes a while that the caller can use; whatever needs it waits in the queue.
        thread.submit("open " + id, () -> NativeLibraries.prepareThread(threads));
        Layouts layouts = withOneDnn ? new Layouts(oneDnn, products) : null;
        Reorders reorders = withOneDnn ? new Reorders(oneDnn, layouts, arena) : null;
        Storages storages = new Storages(arena, layouts, reorders);
        PlainElementwise plainElementwise = new PlainElementwise(team);
        PlainReductions plainReductions = new PlainReductions(team);
        Nd4jProducts nd4j = new Nd4jProducts();
        this.memory = new CpuMemory(thread, storages, team, new RangeCopy(storages, layouts, team));
        this.elementwise = new CpuElementwise(
                thread, storages, plainElementwise, withOneDnn ? new OneDnnElementwise(oneDnn, layouts) : null);
        this.reductions = new CpuReductions(thread, storages, plainReductions);
        this.matrices = new CpuMatrices(
                thread,
                storages,
                plainElementwise,
                plainReductions,
                nd4j,
                withOneDnn ? new OneDnnProduct(oneDnn, layouts, storages) : null,
                withOneDnn ? new OneDnnLinear(oneDnn, layouts, storages) : null);
        this.convolutions = new CpuConvolutions(
                thread,
                storages,
                new PlainConvolution(arena, team, nd4j, plainReductions),
                withOneDnn
                        ? new OneDnnConvolution(
                                oneDnn, layouts, storages, new OneDnnWeightGradient(oneDnn, layouts, storages))
                        : null);
        this.pooling = new CpuPooling(
                thread,
                storages,
                new PlainPooling(team),
                withOneDnn ? new OneDnnPooling(oneDnn, layouts, storages) : null);
        this.normalizations = new CpuNormalizations(
                thread,
                storages,
                new PlainNormalization(team),
                withOneDnn ? new OneDnnNormalization(oneDnn, layouts, storages) : null);
        this.random = new CpuRandom(thread, storages, team);
        this.updates = new CpuUpdates(thread, storages, team);
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
        return profile;
    }

    /** Runs what is queued, stops the threads and gives all native memory back. */
    @Override
    public void close() {
        thread.submitAlways("close", () -> {
            if (oneDnn != null) {
                oneDnn.close();
            }
            arena.trim();
        });
        thread.close();
        team.close();
    }
}
