/** Tests for backends, layers and models, on JUnit 5 and AssertJ. */
package dev.tandem.testkit;
