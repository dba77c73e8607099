package dev.tandem.testkit.conformance;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Probe;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Compares a backend with the reference, operation by operation, forward and backward:
 *
 * <pre>{@code
 * class CpuConformanceTest extends BackendConformance {
 *     CpuConformanceTest() {
 *         super("cpu");
 *     }
 * }
 * }</pre>
 *
 * <p>Both devices run the same programs on the same data, drawn from Philox; a failure names the program, the result,
 * the device and the seed ({@code -Dconformance.seed=N} draws other data). If the backend cannot run, the suite is
 * skipped with its reason in one line; {@code -Dconformance.required=NAME} makes that a failure for the backend of that
 * name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendConformance {
    /** The greatest error allowed in single precision, as {@link dev.tandem.testkit.Agreement} measures it. */
    public static final double SINGLE_PRECISION = 1e-5;

    private static final long SEED = Long.getLong("conformance.seed", 2012);

    private final String backendName;
    private final Map<String, Long> settings;
    private final double tolerance;
    private Backend reference;
    private Backend backend;

    /** The suite for the backend called {@code backendName}, with its default settings. */
    protected BackendConformance(String backendName) {
        this(backendName, Map.of(), SINGLE_PRECISION);
    }

    /**
     * The suite for a backend in particular settings.
     *
     * @param settings values for some of {@link BackendProvider#options}
     * @param tolerance the greatest error allowed, as {@link dev.tandem.testkit.Agreement} measures it
     */
    protected BackendConformance(String backendName, Map<String, Long> settings, double tolerance) {
        this.backendName = backendName;
        this.settings = settings;
        this.tolerance = tolerance;
    }

    /** The provider under test; found by its name unless a test has one of its own. */
    protected BackendProvider provider() {
        return Backends.named(backendName);
    }

    /**
     * How far each term of a layer's sum before its activation may be off, relative to itself, because products round
     * their operands: with a unit roundoff {@code u}, {@code (1 + u)^2 - 1}. By default 0, as in single precision.
     * Otherwise units whose sums may be moved across 0 get no gradient where ReLU follows.
     */
    protected double rounding() {
        return 0;
    }

    /**
     * Whether the results of {@code program} can be compared in this precision; by default all can. A gradient jumps if
     * rounding changes which element of a window is the greatest. A backend that rounds more than single precision
     * leaves such programs out and must have tests of its own for them.
     */
    protected boolean isComparable(String program) {
        return true;
    }

    @BeforeAll
    final void open() {
        BackendProvider provider = provider();
        Probe probe = provider.probe();
        if (!probe.available()) {
            String reason = "backend " + backendName + " cannot run here: " + probe.detail() + ". " + probe.remedy();
            if (backendName.equals(System.getProperty("conformance.required"))) {
                Assertions.fail(reason);
            }
            Assumptions.abort(reason);
        }
        reference = Backends.open(ReferenceProvider.NAME);
        backend = provider.open(BackendOptions.of(provider, settings));
    }

    @AfterAll
    final void close() {
        if (backend != null) {
            backend.close();
            reference.close();
        }
    }

    @TestFactory
    final Stream<DynamicTest> memory() {
        return onFirst(sides -> new MemoryConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> elementwise() {
        return onFirst(sides -> new ElementwiseConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> reductions() {
        return onFirst(sides -> new ReductionConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> matrices() {
        return onFirst(sides -> new MatrixConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> convolutions() {
        return onFirst(sides -> new ConvolutionConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> locallyConnected() {
        return onFirst(sides -> new LocallyConnectedConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> pooling() {
        return onFirst(sides -> new PoolingConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> normalizations() {
        return onFirst(sides -> new NormalizationConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> random() {
        return onFirst(sides -> new RandomConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> updates() {
        return onFirst(sides -> new UpdateConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> staleOutputs() {
        return onFirst(sides -> new StaleOutputConformance(sides).tests());
    }

    @TestFactory
    final Stream<DynamicTest> errors() {
        return onFirst(sides -> new ErrorConformance(sides).tests());
    }

    /** On every device, since each has its own memory. */
    @TestFactory
    final Stream<DynamicTest> chains() {
        return all().stream()
                .flatMap(sides -> new ChainConformance(sides).tests())
                .filter(test -> isComparable(test.getDisplayName()));
    }

    private Stream<DynamicTest> onFirst(Function<SideBySide, Stream<DynamicTest>> family) {
        return family.apply(all().get(0)).filter(test -> isComparable(test.getDisplayName()));
    }

    private List<SideBySide> all() {
        return backend.devices().stream()
                .map(device -> new SideBySide(device, reference.devices().get(0), tolerance, rounding(), SEED))
                .toList();
    }
}
