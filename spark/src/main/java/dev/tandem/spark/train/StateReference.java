package dev.tandem.spark.train;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;

/**
 * The state that a round begins with: a snapshot of all numbers, and updates since. Whoever has an earlier state of the
 * same snapshot needs the later updates only.
 *
 * @param snapshot its number, which no other snapshot of the driver's process has
 * @param slices its numbers
 * @param updates since, in order
 */
record StateReference(long snapshot, List<Broadcast<Floats>> slices, List<Broadcast<Update>> updates)
        implements Serializable {}
