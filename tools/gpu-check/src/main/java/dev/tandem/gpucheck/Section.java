package dev.tandem.gpucheck;

/** A part of the check. */
interface Section {
    /** Measures, and reports each result as soon as it is known; ends soon after {@code limit} is over. */
    void run(Setup setup, Report report, Limit limit);
}
