package dev.tandem.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;

/**
 * The walls of the house: modules depend on each other one way, packages have no cycles, Guice stays in wiring, and
 * nothing uses a backend but through spi. Examples cannot use cli, and nothing can use examples: Maven's modules see
 * to that.
 */
@AnalyzeClasses(packages = "dev.tandem", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String SPI = "dev.tandem.spi..";
    private static final String NN = "dev.tandem.nn..";
    private static final String PLACEMENT = "dev.tandem.placement..";
    private static final String RUNTIME = "dev.tandem.runtime..";
    private static final String TESTKIT = "dev.tandem.testkit..";
    private static final String BACKENDS = "dev.tandem.backend..";
    private static final String MODELS = "dev.tandem.[alexnet|cifar]..";
    private static final String DATA = "dev.tandem.imagenet..";
    private static final String RUNS = "dev.tandem.run..";
    private static final String WEIGHTS = "dev.tandem.weights..";
    private static final String ANALYSIS = "dev.tandem.analysis..";
    private static final String WEB = "dev.tandem.web..";
    private static final String PAPER = "dev.tandem.paper..";
    private static final String CLI = "dev.tandem.cli..";
    private static final String EXAMPLES = "dev.tandem.examples..";

    @ArchTest
    static final ArchRule SPI_STANDS_ALONE = keepsFrom(
            SPI, NN, PLACEMENT, RUNTIME, TESTKIT, BACKENDS, MODELS, DATA, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI,
            EXAMPLES);

    @ArchTest
    static final ArchRule NN_KNOWS_SPI = keepsFrom(
            NN, PLACEMENT, RUNTIME, TESTKIT, BACKENDS, MODELS, DATA, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI,
            EXAMPLES);

    @ArchTest
    static final ArchRule PLACEMENT_KNOWS_SPI_AND_NN = keepsFrom(
            PLACEMENT, RUNTIME, TESTKIT, BACKENDS, MODELS, DATA, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI, EXAMPLES);

    @ArchTest
    static final ArchRule RUNTIME_KNOWS_CORE =
            keepsFrom(RUNTIME, TESTKIT, BACKENDS, MODELS, DATA, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI, EXAMPLES);

    @ArchTest
    static final ArchRule BACKENDS_KNOW_SPI = keepsFrom(
            BACKENDS, NN, PLACEMENT, RUNTIME, TESTKIT, MODELS, DATA, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI,
            EXAMPLES);

    @ArchTest
    static final ArchRule MODELS_KNOW_SPI_AND_NN = keepsFrom(
            MODELS, PLACEMENT, RUNTIME, TESTKIT, BACKENDS, DATA, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI, EXAMPLES);

    @ArchTest
    static final ArchRule DATA_KNOWS_SPI_AND_NN = keepsFrom(
            DATA, PLACEMENT, RUNTIME, TESTKIT, BACKENDS, MODELS, RUNS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI, EXAMPLES);

    @ArchTest
    static final ArchRule RUNS_KNOW_CORE_AND_DATA =
            keepsFrom(RUNS, TESTKIT, BACKENDS, MODELS, WEIGHTS, ANALYSIS, WEB, PAPER, CLI, EXAMPLES);

    /** What uses a run finds it through core; whole runs are folders, which are not its subject. */
    @ArchTest
    static final ArchRule WEIGHTS_KNOW_NN_MODELS_AND_DATA =
            keepsFrom(WEIGHTS, PLACEMENT, RUNTIME, TESTKIT, BACKENDS, RUNS, ANALYSIS, WEB, PAPER, CLI, EXAMPLES);

    @ArchTest
    static final ArchRule ANALYSIS_KNOWS_RUNS =
            keepsFrom(ANALYSIS, TESTKIT, BACKENDS, MODELS, WEIGHTS, WEB, PAPER, CLI, EXAMPLES);

    @ArchTest
    static final ArchRule WEB_KNOWS_RUNS_AND_ANALYSIS =
            keepsFrom(WEB, TESTKIT, BACKENDS, MODELS, WEIGHTS, PAPER, CLI, EXAMPLES);

    /** Experiments train on folders of photographs; what a trained net makes of images is another subject. */
    @ArchTest
    static final ArchRule PAPER_KNOWS_RUNS_AND_MODELS =
            keepsFrom(PAPER, TESTKIT, BACKENDS, WEIGHTS, ANALYSIS, WEB, CLI, EXAMPLES);

    /** A server is needed by the commands that serve only. */
    @ArchTest
    static final ArchRule THE_SERVER_IS_IN_WEB_ONLY = noClasses()
            .that()
            .resideOutsideOfPackage(WEB)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "io.prometheus..");

    /** Recipes are found by name, as backends are. */
    @ArchTest
    static final ArchRule CLI_USES_NO_MODEL = keepsFrom(CLI, MODELS);

    /** Who logs, and how, is the program's to say. */
    @ArchTest
    static final ArchRule LIBRARIES_CONFIGURE_NO_LOGGING = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ch.qos.logback..", "java.util.logging..");

    /** It names backends in settings only: those on the class path are found when it starts. */
    @ArchTest
    static final ArchRule CLI_USES_NO_BACKEND = keepsFrom(CLI, TESTKIT, BACKENDS, EXAMPLES);

    @ArchTest
    static final ArchRule DATA_KNOWS_NNS_DATA_ONLY = noClasses()
            .that()
            .resideInAPackage(DATA)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.tandem.nn.layer..", "dev.tandem.nn.train..", "dev.tandem.nn.autograd..");

    /** Strategies are placement's, which the rules above keep out; here, devices: a context gives a layer its own. */
    @ArchTest
    static final ArchRule LAYERS_NAME_NO_DEVICE = noClasses()
            .that()
            .resideInAnyPackage("dev.tandem.nn.layer..", "dev.tandem.nn.data..")
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(DeviceId.class, Backend.class, Backends.class, BackendProvider.class);

    @ArchTest
    static final ArchRule MODELS_AND_DATA_KNOW_NO_DEVICE = noClasses()
            .that()
            .resideInAnyPackage(MODELS, DATA)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Device.class, DeviceId.class, Backend.class, Backends.class, BackendProvider.class);

    @ArchTest
    static final ArchRule GUICE_IN_WIRING_ONLY = noClasses()
            .that()
            .resideOutsideOfPackage("..wiring..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.google.inject..");

    @ArchTest
    static final ArchRule NO_VENDOR_TYPES_IN_CORE = noClasses()
            .that()
            .resideInAnyPackage(SPI, NN, PLACEMENT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.nd4j..",
                    "org.bytedeco..",
                    "jcuda..",
                    "com.google.inject..",
                    "jakarta.inject..",
                    "com.typesafe..",
                    "picocli..");

    @ArchTest
    static final ArchRule SPI_NEEDS_JAVA_AND_LOGGING_ONLY = noClasses()
            .that()
            .resideInAPackage(SPI)
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("java..", "org.slf4j..", "org.jspecify..", SPI);

    @ArchTest
    static final ArchRule MODULES_WITHOUT_CYCLES =
            slices().matching("dev.tandem.(*)..").should().beFreeOfCycles();

    /**
     * Within each module, too; but spi's tensors, devices, operations and kernels are one knot, see its package-info.
     */
    @ArchTest
    static final ArchRule PACKAGES_WITHOUT_CYCLES =
            slices().assignedFrom(new PackagesOutsideSpi()).should().beFreeOfCycles();

    /** Java has no access between public and one package, so a backend's inner packages are public to the compiler. */
    @ArchTest
    static final ArchRule BACKENDS_ARE_ENTERED_BY_THEIR_PROVIDERS = noClasses()
            .that()
            .resideOutsideOfPackage(BACKENDS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tandem.backend.*.*..");

    @ArchTest
    static final ArchRule BACKENDS_DO_NOT_USE_EACH_OTHER =
            slices().matching("dev.tandem.backend.(*)..").should().notDependOnEachOther();

    /** What users of image data need is in the other packages. */
    @ArchTest
    static final ArchRule IMAGE_DATA_KEEPS_ITS_INSIDE = noClasses()
            .that()
            .resideOutsideOfPackage(DATA)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.tandem.imagenet.decode..",
                    "dev.tandem.imagenet.load..",
                    "dev.tandem.imagenet.io..",
                    "dev.tandem.imagenet.layout.archive..",
                    "dev.tandem.imagenet.layout.cifar..");

    private static final class PackagesOutsideSpi implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return PackageMatcher.of(SPI).matches(type.getPackageName())
                    ? SliceIdentifier.ignore()
                    : SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages outside " + SPI;
        }
    }

    private static ArchRule keepsFrom(String from, String... not) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(not);
    }
}
