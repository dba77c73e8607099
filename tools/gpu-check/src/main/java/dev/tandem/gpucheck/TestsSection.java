package dev.tandem.gpucheck;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The backend's own tests of some classes, on this driver; a line for each class, and one for each that fails. */
final class TestsSection implements Section {
    private static final int MOST_FAILURES = 20;

    private final String classes;

    TestsSection(String classes) {
        this.classes = classes;
    }

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        if (!setup.driver().computes()) {
            report.row("tests", "skipped: this driver computes nothing", Map.of());
            return;
        }
        // As these tests are told to use the machine's own driver.
        System.setProperty("conformance.required", "cuda");
        Launcher launcher = LauncherFactory.create();
        Listener listener = new Listener(report, limit);
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClasspathRoots(Set.of(setup.tests())))
                        .filters(ClassNameFilter.includeClassNamePatterns(classes))
                        .build(),
                listener);
        listener.report();
    }

    private static final class Listener implements TestExecutionListener {
        private final Report report;
        private final Limit limit;
        private final Map<Status, Integer> ofClass = new TreeMap<>();
        private final Map<Status, Integer> all = new TreeMap<>();
        private int failures;
        private TestPlan plan;

        Listener(Report report, Limit limit) {
            this.report = report;
            this.limit = limit;
        }

        @Override
        public void testPlanExecutionStarted(TestPlan begun) {
            plan = begun;
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            report.row("skipped " + name(test), reason, Map.of());
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            String why = result.getThrowable()
                    .map(thrown -> String.valueOf(thrown.getMessage())
                            .lines()
                            .findFirst()
                            .orElse(""))
                    .orElse("");
            if (test.isTest()) {
                ofClass.merge(result.getStatus(), 1, Integer::sum);
                all.merge(result.getStatus(), 1, Integer::sum);
            }
            if (result.getStatus() == Status.FAILED && failures++ < MOST_FAILURES) {
                report.row("failed " + name(test), false, why, Map.of());
            } else if (result.getStatus() == Status.ABORTED && !test.isTest()) {
                report.row("skipped " + name(test), why, Map.of());
            }
            if (test.getSource().filter(ClassSource.class::isInstance).isPresent() && test.isContainer()) {
                report.row(test.getDisplayName(), counts(ofClass), Map.of());
                ofClass.clear();
            }
        }

        /** The class, and the test's own name. */
        private String name(TestIdentifier test) {
            String parents = plan.getParent(test)
                    .filter(parent ->
                            !parent.isTest() && parent.getParentIdObject().isPresent())
                    .map(parent -> name(parent) + " > ")
                    .orElse("");
            return parents + test.getDisplayName();
        }

        void report() {
            boolean ok = failures == 0 && all.getOrDefault(Status.SUCCESSFUL, 0) > 0;
            report.row("all", ok, counts(all) + Report.text("; %.0f s left", limit.left()), Map.of("counts", all));
        }

        private static String counts(Map<Status, Integer> counts) {
            return Report.text(
                    "%d successful, %d failed, %d skipped",
                    counts.getOrDefault(Status.SUCCESSFUL, 0),
                    counts.getOrDefault(Status.FAILED, 0),
                    counts.getOrDefault(Status.ABORTED, 0));
        }
    }
}
