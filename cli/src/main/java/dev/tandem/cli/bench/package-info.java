/** What bench measures: training steps on made-up images, the time of each layer, and the reading of data. */
package dev.tandem.cli.bench;
