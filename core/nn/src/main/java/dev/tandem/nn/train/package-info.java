/** Training and evaluation: recipes, optimizer, schedules, the trainer, metrics. */
package dev.tandem.nn.train;
