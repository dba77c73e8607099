/** The commands, one class each: their options, what they print, and their result for programs. */
package dev.tandem.cli.command;
