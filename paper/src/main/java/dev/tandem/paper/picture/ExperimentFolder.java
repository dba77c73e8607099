package dev.tandem.paper.picture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.spi.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.channels.Channels;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Where an experiment writes its figures and pictures.
 *
 * @param path the folder, which is made with the first file
 */
public record ExperimentFolder(Path path) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public ExperimentFolder {
        path = path.toAbsolutePath().normalize();
    }

    /** Writes a record of plain values as {@code name.json}; returns the file. */
    public Path writeJson(String name, Object figures) {
        Path file = path.resolve(name + ".json");
        try {
            AtomicFile.write(file, JSON.writeValueAsBytes(figures));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("figures are plain records", e);
        }
        return file;
    }

    /** Writes a picture as {@code name.png}; returns the file. */
    public Path writePicture(String name, BufferedImage picture) {
        Path file = path.resolve(name + ".png");
        AtomicFile.write(file, channel -> ImageIO.write(picture, "png", Channels.newOutputStream(channel)));
        return file;
    }
}
