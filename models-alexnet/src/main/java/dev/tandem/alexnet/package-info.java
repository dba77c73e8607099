/** AlexNet (Krizhevsky, Sutskever, Hinton 2012): the network and the named recipes around it. */
package dev.tandem.alexnet;
