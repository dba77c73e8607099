package dev.tandem.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The walls around Spark. The rest of the house, which does not have Spark on its class path, is held to its own in cli. */
@AnalyzeClasses(packages = "dev.tandem", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String SPARK = "dev.tandem.spark..";

    /** Backends and recipes are found by name, as everywhere. */
    @ArchTest
    static final ArchRule SPARK_KNOWS_CORE_DATA_RUNS_AND_ANALYSIS = noClasses()
            .that()
            .resideInAPackage(SPARK)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.tandem.backend..",
                    "dev.tandem.[alexnet|cifar]..",
                    "dev.tandem.weights..",
                    "dev.tandem.web..",
                    "dev.tandem.paper..",
                    "dev.tandem.cli..",
                    "dev.tandem.testkit..",
                    "dev.tandem.examples..");

    @ArchTest
    static final ArchRule NOTHING_KNOWS_SPARK = noClasses()
            .that()
            .resideOutsideOfPackage(SPARK)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SPARK, "org.apache.spark..", "org.apache.hadoop..", "scala..");

    @ArchTest
    static final ArchRule NO_VENDOR_TYPES = noClasses()
            .that()
            .resideInAPackage(SPARK)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.nd4j..", "org.bytedeco..", "jcuda..", "com.google.inject..");

    /** A command line is no part of a library. */
    @ArchTest
    static final ArchRule PICOCLI_IN_COMMAND_ONLY = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tandem.spark.command..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule PACKAGES_WITHOUT_CYCLES =
            slices().matching("dev.tandem.spark.(**)").should().beFreeOfCycles();

    /** Only parts of the public entry points, {@link SparkTandem} above all, may know each other's insides. */
    @ArchTest
    static final ArchRule INNER_PACKAGES_DO_NOT_KNOW_THE_ENTRANCE = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.tandem.spark.cluster..",
                    "dev.tandem.spark.files..",
                    "dev.tandem.spark.pack..",
                    "dev.tandem.spark.train..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("dev.tandem.spark.SparkTandem");
}
