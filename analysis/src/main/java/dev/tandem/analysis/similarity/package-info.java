/** How alike two images are to people: LPIPS, by the features of a trained net. */
@NullMarked
package dev.tandem.analysis.similarity;

import org.jspecify.annotations.NullMarked;
