/**
 * Drawings for people of where tensors live. They are made of numbers and names and do not depend on
 * runs.
 */
package dev.tandem.cli.picture;
