package dev.tandem.web.service;

import dev.tandem.spi.TandemException;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.UploadedFile;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The images of a request: its body is one, or a form that has several. */
record RequestImages(List<String> names, List<byte[]> files) {
    /** The most of one request. */
    static final int MOST = 64;

    private static final int UNSUPPORTED_MEDIA_TYPE = 415;
    private static final String EXPECTED = "an image file as the body, or a form (multipart/form-data) of 1 to " + MOST;

    /** Takes the images of a request, whatever type it says that they are. */
    static RequestImages of(Context request) {
        requirePlain(request);
        if (request.isMultipartFormData()) {
            return ofForm(request);
        }
        byte[] body = request.bodyAsBytes();
        if (body.length == 0) {
            throw TandemException.argument("request", "no image in it", "an empty body", EXPECTED, "");
        }
        return new RequestImages(List.of("image"), List.of(body));
    }

    private static RequestImages ofForm(Context request) {
        List<UploadedFile> uploaded = files(request);
        if (uploaded.isEmpty() || uploaded.size() > MOST) {
            throw TandemException.argument(
                    "request", "a form without images, or with too many", uploaded.size() + " files", EXPECTED, "");
        }
        List<String> names = new ArrayList<>();
        List<byte[]> files = new ArrayList<>();
        for (UploadedFile file : uploaded) {
            names.add(file.filename());
            try (InputStream content = file.content()) {
                files.add(content.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new RequestImages(names, files);
    }

    private static List<UploadedFile> files(Context request) {
        try {
            List<UploadedFile> files = request.uploadedFiles();
            for (Part part : request.req().getParts()) {
                if (part.getSubmittedFileName() == null) {
                    throw TandemException.argument(
                            "request",
                            "a field of a form that is no file",
                            part.getName(),
                            "files only",
                            "Send each image with a file name; parameters belong in the address, such as ?top=5");
                }
            }
            return files;
        } catch (TandemException e) {
            throw e;
        } catch (Exception e) { // in memory, so the form is at fault; Kotlin declares no exceptions
            request.header("Connection", "close"); // Jetty closes it after a form that it cannot read
            throw TandemException.argument(
                    "request", "the form cannot be read", "what is no form, or too many parts", EXPECTED, "");
        }
    }

    /** Refuses bodies that are compressed once more. */
    static void requirePlain(Context request) {
        String encoding = request.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new HttpResponseException(
                    UNSUPPORTED_MEDIA_TYPE, "bodies are taken as they are, got Content-Encoding " + encoding);
        }
    }

    /** Refuses parameters that nothing would look at. */
    static void requireKnown(Context request, Set<String> known) {
        request.queryParamMap().forEach((parameter, values) -> {
            if (!known.contains(parameter)) {
                Object expected = known.isEmpty() ? "none" : new TreeSet<>(known);
                throw TandemException.argument("request", "an unknown parameter", parameter, expected, "");
            }
            if (values.size() > 1) {
                throw TandemException.argument("request", "a parameter twice", parameter, "once", "");
            }
        });
    }
}
