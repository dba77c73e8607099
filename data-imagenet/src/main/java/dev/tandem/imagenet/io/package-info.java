/**
 * Small files that are written whole or not at all, and checksums.
 *
 * <p>Uses no other package of this module.
 */
package dev.tandem.imagenet.io;
