package dev.tandem.spark.cluster;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A task that an executor could not even begin, as Spark tells of it.
 *
 * @param problem what is wrong, and where
 * @param advice what to do; empty if nothing is known
 */
record LostTask(String problem, String advice) {
    private static final Pattern LOST =
            Pattern.compile("Lost task \\S+ in stage \\S+ \\(TID \\d+\\) \\((\\S+) executor (\\S+)\\): ([^\\n]+)");

    /** The task that a job failed for, if its failure names one. */
    static Optional<LostTask> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Matcher matcher = LOST.matcher(String.valueOf(cause.getMessage()));
            if (matcher.find()) {
                return Optional.of(of(matcher.group(1) + " (executor " + matcher.group(2) + "): ", matcher.group(3)));
            }
        }
        return Optional.empty();
    }

    private static LostTask of(String where, String said) {
        if (said.contains("UnsupportedClassVersionError")) {
            return new LostTask(
                    where + "another Java than the driver's, got one before 17, expected "
                            + Runtime.version().feature(),
                    "Set spark.executorEnv.JAVA_HOME to a folder that each machine has, or JAVA_HOME of the worker");
        }
        if (said.contains("InvalidClassException")) {
            return new LostTask(
                    where + "another version of Tandem than the driver's, " + TandemVersion.number() + ": " + said,
                    "Remove its jar from the jars of Spark there: spark-submit brings the driver's");
        }
        if (said.contains("ClassNotFoundException")
                || said.contains("NoClassDefFoundError")
                || said.contains("cannot assign instance of java.lang.invoke.SerializedLambda")) {
            return new LostTask(
                    where + "Tandem is not there: " + said,
                    "Pass tandem-spark's jar to spark-submit, or name it in spark.jars");
        }
        return new LostTask(where + said, "");
    }
}
