/** Tests for backends, layers and models, on JUnit 5 and AssertJ. */
@NullMarked
package dev.tandem.testkit;

import org.jspecify.annotations.NullMarked;
