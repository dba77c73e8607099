/**
 * The nets for CIFAR-10 that AlexNet's authors published with their program; the paper quotes two of them in section
 * 3.3. Each recipe is one class and follows the authors' parameter file of its name.
 */
@NullMarked
package dev.tandem.cifar;

import org.jspecify.annotations.NullMarked;
