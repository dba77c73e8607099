package dev.tandem.placement;

import dev.tandem.spi.TandemException;

/**
 * Equal machines of a cluster, and the workers on them. The driver is on another machine, or on the only one.
 *
 * @param nodes machines, 1 or more
 * @param cores of each
 * @param workers over all nodes, evenly; each has its share of a node's cores
 * @param flopsPerSecond what a node sustains
 * @param networkBytesPerSecond of each node, in either direction
 */
public record ClusterNodes(int nodes, int cores, int workers, double flopsPerSecond, double networkBytesPerSecond) {
    public ClusterNodes {
        if (nodes < 1 || cores < 1) {
            throw TandemException.argument(
                    "plan", "no machine", nodes + " nodes of " + cores + " cores", "1 or more of each", "");
        }
        if (!(flopsPerSecond > 0 && flopsPerSecond < Double.POSITIVE_INFINITY) || !(networkBytesPerSecond > 0)) {
            throw TandemException.argument(
                    "plan",
                    "rate not above 0",
                    flopsPerSecond + " FLOP/s, " + networkBytesPerSecond + " B/s",
                    "above 0",
                    "Pass the arithmetic that one node sustains, and what its network carries");
        }
        if (workers < nodes || workers > (long) nodes * cores) {
            throw TandemException.argument(
                    "plan",
                    "workers do not fit the nodes",
                    workers + " workers on " + nodes + " nodes of " + cores + " cores",
                    "1 worker a node or more, and a core for each",
                    "Change tandem.cluster.workers or the number of nodes");
        }
    }

    /** Workers of the node that has most. */
    int workersOfNode() {
        return (workers + nodes - 1) / nodes;
    }

    /** The same cluster of another number of nodes, with as many workers on each. */
    ClusterNodes with(int others) {
        return new ClusterNodes(
                others, cores, Math.multiplyExact(others, workersOfNode()), flopsPerSecond, networkBytesPerSecond);
    }
}
