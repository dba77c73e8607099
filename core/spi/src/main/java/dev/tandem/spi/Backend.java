package dev.tandem.spi;

import java.util.List;

/** An opened backend and its devices. Closing it closes the devices; tensors must be closed before. */
public interface Backend extends AutoCloseable {
    /** The provider's name. */
    String name();

    /** The devices, in the order of their numbers; at least one. */
    List<Device> devices();

    @Override
    void close();
}
