/**
 * The original files of CIFAR-10 and CIFAR-100: the binary and the Python version, unpacked or as they were downloaded.
 *
 * <p>{@link dev.tandem.imagenet.layout.cifar.Cifar} is the way in. May use {@code layout} and what that may use.
 */
@NullMarked
package dev.tandem.imagenet.layout.cifar;

import org.jspecify.annotations.NullMarked;
