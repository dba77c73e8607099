package dev.tandem.paper.figure1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why a trial is over. */
public enum Ending {
    /** The training error is down to the goal. */
    @JsonProperty("reached")
    REACHED("the goal is reached"),
    /** It has taken as many epochs as the fastest rate of its function so far: it cannot be faster. */
    @JsonProperty("slower")
    SLOWER("it has taken as long as the fastest rate so far"),
    /** In each of the newest epochs the error was that of guesses. */
    @JsonProperty("at-chance")
    AT_CHANCE("the error stays at that of guesses"),
    /** The loss was infinite, or no number. */
    @JsonProperty("diverged")
    DIVERGED("the loss was infinite"),
    /** All epochs are over. */
    @JsonProperty("out-of-epochs")
    OUT_OF_EPOCHS("all epochs are over");

    private final String words;

    Ending(String words) {
        this.words = words;
    }

    /** Why, in words, without a full stop. */
    public String words() {
        return words;
    }

    /** Whether the trial came down from the error of guesses. */
    boolean hasLearnt() {
        return this != AT_CHANCE && this != DIVERGED;
    }
}
