/** The paper's experiments, run here: each gives its figures as JSON and a picture. */
@NullMarked
package dev.tandem.paper;

import org.jspecify.annotations.NullMarked;
