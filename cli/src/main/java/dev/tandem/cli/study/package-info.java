/** A recipe with and without its parts, over seeds: what is trained, and what its errors say. */
package dev.tandem.cli.study;
