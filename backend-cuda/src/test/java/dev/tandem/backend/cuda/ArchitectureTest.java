package dev.tandem.backend.cuda;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The walls inside the CUDA backend. */
@AnalyzeClasses(packages = "dev.tandem.backend.cuda", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.tandem.backend.cuda";

    /** From the driver up, each package uses those below it only. */
    @ArchTest
    static final ArchRule PACKAGES_USE_THOSE_BELOW = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy(ROOT)
            .layer("op")
            .definedBy(ROOT + ".op..")
            .layer("gpu")
            .definedBy(ROOT + ".gpu..")
            .layer("driver")
            .definedBy(ROOT + ".driver..")
            .whereLayer("root")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("op")
            .mayOnlyBeAccessedByLayers("root")
            .whereLayer("gpu")
            .mayOnlyBeAccessedByLayers("root", "op");

    /** Also among packages that are added later. */
    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.tandem.backend.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_PROVIDER_IS_THE_WAY_IN =
            classes().that().resideInAPackage(ROOT).and().arePublic().should().be(CudaBackendProvider.class);
}
