/** The learning rate at each moment of a run. */
package dev.tandem.nn.schedule;
