package dev.tandem.imagenet;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.stream.Stream;

/** The walls between the stages of image data: each uses only stages before it. */
@AnalyzeClasses(packages = "dev.tandem.imagenet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.tandem.imagenet";

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.tandem.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule OPTIONS_STAND_ALONE = usesOnly("options");

    @ArchTest
    static final ArchRule FILES_STAND_ALONE = usesOnly("io");

    @ArchTest
    static final ArchRule ARCHIVES_STAND_ALONE = usesOnly("layout.archive");

    @ArchTest
    static final ArchRule DECODING_USES_OPTIONS = usesOnly("decode", "options");

    @ArchTest
    static final ArchRule STATISTICS_USE_PIXELS_AND_FILES = usesOnly("statistics", "decode", "io");

    @ArchTest
    static final ArchRule LAYOUTS_USE_NO_LATER_STAGE = usesOnly("layout", "decode", "io", "options");

    @ArchTest
    static final ArchRule SHARDS_DO_NOT_LOAD = usesOnly("shard", "layout", "decode", "statistics", "io", "options");

    @ArchTest
    static final ArchRule LOADING_USES_NO_LATER_STAGE =
            usesOnly("load", "shard", "layout", "decode", "statistics", "io", "options");

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
