/** Figure 1 of the paper: how soon nets of ReLU, tanh and sigmoid reach a training error. */
@NullMarked
package dev.tandem.paper.figure1;

import org.jspecify.annotations.NullMarked;
