/** What a trained net makes of images: features, neighbours, similarity, and where it looks. */
@NullMarked
package dev.tandem.analysis;

import org.jspecify.annotations.NullMarked;
