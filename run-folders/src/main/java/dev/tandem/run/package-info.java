/**
 * A training run on a folder of photographs: its folder, its log, its pictures, how it is begun, resumed and evaluated.
 */
@NullMarked
package dev.tandem.run;

import org.jspecify.annotations.NullMarked;
