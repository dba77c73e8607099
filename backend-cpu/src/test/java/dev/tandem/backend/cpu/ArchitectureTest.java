package dev.tandem.backend.cpu;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;

/** The walls inside the CPU backend. */
@AnalyzeClasses(packages = "dev.tandem.backend.cpu", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.tandem.backend.cpu";
    private static final Set<String> FAMILIES =
            Set.of("convolution", "matrix", "pooling", "normalization", "elementwise", "memory");

    @ArchTest
    static final ArchRule FAMILIES_DO_NOT_USE_EACH_OTHER = slices().matching(ROOT + ".(*)..")
            .that(describe("are families", slice -> FAMILIES.contains(slice.getNamePart(1))))
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule DEVICE_STANDS_ALONE = usesOnly("device");

    @ArchTest
    static final ArchRule ONEDNN_USES_THE_DEVICE = usesOnly("onednn", "device");

    @ArchTest
    static final ArchRule LOOPS_USE_THE_DEVICE = usesOnly("loops", "device");

    @ArchTest
    static final ArchRule THE_WORKBENCH_USES_DEVICE_AND_ONEDNN = usesOnly("workbench", "device", "onednn");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.tandem.backend.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_PROVIDER_IS_THE_WAY_IN =
            classes().that().resideInAPackage(ROOT).and().arePublic().should().be(CpuBackendProvider.class);

    /** A family's folder shows what the backend calls; how it is computed stays inside. */
    @ArchTest
    static final ArchRule FAMILIES_SHOW_THEIR_KERNELS_ONLY = classes()
            .that()
            .resideInAnyPackage(FAMILIES.stream().map(ArchitectureTest::in).toArray(String[]::new))
            .and()
            .areTopLevelClasses()
            .and()
            .arePublic()
            .should()
            .haveSimpleNameStartingWith("Cpu");

    private static ArchRule usesOnly(String from, String... others) {
        String[] allowed = Stream.concat(Stream.of(from), Arrays.stream(others))
                .map(ArchitectureTest::in)
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(in(from))
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..").and(resideOutsideOfPackages(allowed)));
    }

    private static String in(String name) {
        return ROOT + "." + name + "..";
    }
}
