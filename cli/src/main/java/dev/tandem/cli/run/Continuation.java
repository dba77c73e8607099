package dev.tandem.cli.run;

import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.RunEvent;
import java.util.List;
import java.util.Optional;

/**
 * What is different when a run goes on.
 *
 * @param events settings that were changed; their steps are filled in
 * @param before the recipe as it was, if its epochs or its rate were changed
 * @param rateAsked whether a rate was asked for, so that it may rise
 */
public record Continuation(List<RunEvent> events, Optional<Recipe> before, boolean rateAsked) {}
