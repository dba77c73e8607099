/** AlexNet (Krizhevsky, Sutskever, Hinton 2012): the network and the named recipes around it. */
@NullMarked
package dev.tandem.alexnet;

import org.jspecify.annotations.NullMarked;
