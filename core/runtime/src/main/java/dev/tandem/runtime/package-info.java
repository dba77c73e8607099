/** The way in for a program: a configuration in, devices and a placement out. */
package dev.tandem.runtime;
