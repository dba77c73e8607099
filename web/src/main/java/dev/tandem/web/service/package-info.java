/** A trained net over HTTP: classes, features, the Open Inference Protocol, figures for Prometheus. */
@NullMarked
package dev.tandem.web.service;

import org.jspecify.annotations.NullMarked;
