package dev.tandem.run.watch;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a run does, as it looks from outside. */
public enum RunState {
    /** A process trains it. */
    @JsonProperty("running")
    RUNNING,
    /** It came to its end. */
    @JsonProperty("finished")
    FINISHED,
    /** Its process ended before the run's end, by an interrupt or an error. It can be resumed. */
    @JsonProperty("stopped")
    STOPPED,
    /** Its process was killed, or the machine stopped. It can be resumed. */
    @JsonProperty("killed")
    KILLED,
    /** No epoch was trained: it was just begun, or its weights were imported. */
    @JsonProperty("new")
    NEW,
    /** A file of it cannot be read. */
    @JsonProperty("unreadable")
    UNREADABLE
}
