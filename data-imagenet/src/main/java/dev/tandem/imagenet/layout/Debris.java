package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Files and folders that programs and people leave among images. They are no images, by name and by content. */
final class Debris {
    /** How many of its first bytes show whether a file is an image. */
    static final int HEAD = 64;

    private static final Set<String> FOLDERS =
            Set.of("__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found", "__pycache__");
    private static final Set<String> NAMES =
            Set.of("readme", "license", "licence", "copying", "notice", "makefile", "icon\r");
    private static final Set<String> EXTENSIONS = Set.of(
            "3gp", "aae", "avi", "bak", "csv", "db", "doc", "docx", "htm", "html", "ini", "ipynb", "json", "jsonl",
            "lnk", "log", "m4v", "mat", "md", "md5", "mkv", "mov", "mp3", "mp4", "npy", "npz", "pdf", "pkl", "py",
            "rar", "rtf", "sh", "sha256", "tar", "tmp", "tsv", "txt", "url", "xls", "xlsx", "xml", "xmp", "yaml", "yml",
            "zip");

    private Debris() {}

    /** Whether a folder is debris by its name; nothing in it is used. */
    static boolean isFolder(String name) {
        return FOLDERS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a part of a name inside an archive is hidden or a folder of debris. */
    static boolean isWithin(String name) {
        for (String part : name.split("/", -1)) {
            if (isFolder(part) || part.startsWith(".") && !part.equals(".")) {
                return true;
            }
        }
        return false;
    }

    /** Whether a file is no image by its name. */
    static boolean isNamed(String name) {
        return NAMES.contains(name.toLowerCase(Locale.ROOT)) || EXTENSIONS.contains(extension(name));
    }

    /** What a file of debris is counted as: its extension, or its name if it has none. */
    static String sort(String name) {
        String extension = extension(name);
        boolean isKnown = Set.of("db", "ini").contains(extension);
        return EscapedText.visible(extension.isEmpty() || isKnown ? name : "." + extension);
    }

    private static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** Whether a file begins as an image does. One that cannot be read does not. */
    static boolean isImage(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return isImage(in.readNBytes(HEAD));
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether bytes begin as an image does. */
    static boolean isImage(byte[] head) {
        try {
            return ImageFormat.of(head) != ImageFormat.BMP || hasBitmapHeader(head);
        } catch (BadImage e) {
            return false;
        }
    }

    /** Two letters do not make a bitmap of a text. */
    private static boolean hasBitmapHeader(byte[] head) {
        int size = head.length < 18
                ? 0
                : ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(14);
        return size >= 12 && size <= 124;
    }
}
