/** Training runs and the folders they leave: configuration, log, checkpoints, pictures. */
package dev.tandem.examples.run;
