package dev.tandem.web.server;

/**
 * How long a server waits for its clients.
 *
 * @param connections the most there are at once
 * @param idleSeconds how long a connection may have no request; a client that sends its headers slowly has none yet
 * @param bodySeconds after which a body has to come at the least rate
 * @param answerSeconds after which an answer has to be taken at the least rate
 * @param leastBytesPerSecond the least rate
 * @param mostSeconds for a whole body, and for a request and its answer while the client takes it
 * @param drainSeconds for the requests under way at the end
 */
record Patience(
        int connections,
        double idleSeconds,
        double bodySeconds,
        double answerSeconds,
        double leastBytesPerSecond,
        double mostSeconds,
        double drainSeconds) {
    /** 1024 connections, 20 s without a request, then 8 KB/s after 5 s for bodies and 10 s for answers. */
    static Patience usual() {
        return new Patience(1024, 20, 5, 10, 8 << 10, 120, 30);
    }

    /** Whether {@code bytes} have come too slowly in so many seconds. */
    boolean isSlowBody(double seconds, long bytes) {
        return isTooLong(seconds) || seconds > bodySeconds && bytes < seconds * leastBytesPerSecond;
    }

    /** Whether a request has taken longer than any may. */
    boolean isTooLong(double seconds) {
        return seconds > mostSeconds;
    }

    /** Whether a client takes longer than it may for so many bytes. */
    boolean isSlowAnswer(double seconds, long bytes) {
        return seconds > answerSeconds + bytes / leastBytesPerSecond;
    }
}
