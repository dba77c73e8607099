/** What backends, layers and models are tested with; JUnit 5 and AssertJ come along. */
package dev.tandem.testkit;
