package dev.tandem.spark.inference;

import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The column of a DataFrame that has the images: the bytes of image files, or the locations of files.
 *
 * @param index which column it is
 * @param isLocation whether it has locations
 */
record ImageColumn(int index, boolean isLocation) implements Serializable {
    private static final String FILE_SCHEME = "file:";

    /**
     * The column called {@code name}.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there is none, or it has neither
     *     bytes nor text
     */
    static ImageColumn of(StructType schema, String name) {
        List<String> names = Arrays.asList(schema.fieldNames());
        int index = names.indexOf(name);
        if (index < 0 || index != names.lastIndexOf(name)) {
            throw TandemException.argument(
                    "images",
                    index < 0 ? "there is no such column" : "several columns have this name",
                    name,
                    "one of " + names,
                    "");
        }
        DataType type = schema.fields()[index].dataType();
        if (!type.equals(DataTypes.BinaryType) && !type.equals(DataTypes.StringType)) {
            throw TandemException.argument(
                    "images",
                    "column " + name + " has no images",
                    "the type " + type.simpleString(),
                    "binary, the bytes of files, or string, their locations",
                    "Name the column that has them, such as content of the format binaryFile");
        }
        return new ImageColumn(index, type.equals(DataTypes.StringType));
    }

    /**
     * The image of a row, as a classifier takes it; null if there is none.
     *
     * @throws TandemException if the row's text cannot be a location, or nothing opens locations like it
     */
    @Nullable
    Object image(Row row) {
        if (row.isNullAt(index)) {
            return null;
        }
        return isLocation ? path(row.getString(index)) : row.get(index);
    }

    /** Spark writes paths of this machine as {@code file:/a b}, without the escapes of a URI. */
    private static Path path(String location) {
        if (!location.startsWith(FILE_SCHEME)) {
            return Locations.path(location);
        }
        try {
            return Path.of(new org.apache.hadoop.fs.Path(location).toUri().getPath());
        } catch (IllegalArgumentException e) { // InvalidPathException is one, too
            throw TandemException.argument(
                    "location", "no path, " + e.getMessage(), location, "file: and an absolute path", "");
        }
    }
}
