/** Trained nets and runs in a browser and over HTTP: reports, live pages, a service. */
@NullMarked
package dev.tandem.web;

import org.jspecify.annotations.NullMarked;
