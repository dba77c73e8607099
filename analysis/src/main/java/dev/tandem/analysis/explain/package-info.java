/**
 * What a trained net sees in an image: its likeliest classes, where their evidence lies, and what its layers make of it.
 * The numbers are found with a placed model and a batch; the pictures show them.
 */
@NullMarked
package dev.tandem.analysis.explain;

import org.jspecify.annotations.NullMarked;
