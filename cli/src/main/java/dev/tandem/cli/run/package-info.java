/** What Guice injects into a command that uses a model. */
package dev.tandem.cli.run;
