package dev.tandem.web.server;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Jetty's own errors, such as those of a request that cannot be read, look like all others. */
final class JsonErrors extends ErrorHandler {
    /** Scripts, styles and pictures of this server only, nothing inline; pictures of the page's own making, too. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none';"
            + " frame-ancestors 'none'";

    private static final HttpFields HEADERS = HttpFields.from(
            new HttpField("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            new HttpField("X-Content-Type-Options", "nosniff"),
            new HttpField("Referrer-Policy", "no-referrer"),
            new HttpField("Cross-Origin-Resource-Policy", "same-origin"));

    private static final String JSON = "application/json";

    /** Adds the headers of every answer. */
    static void addHeaders(HttpFields.Mutable headers) {
        HEADERS.forEach(headers::put);
    }

    private static ByteBuffer text(String message) {
        String escaped = new String(JsonStringEncoder.getInstance().quoteAsString(message));
        return ByteBuffer.wrap(("{\"error\":\"" + escaped + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with an error. */
    static void write(Response response, int status, String message, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, JSON);
        if (status == HttpStatus.SERVICE_UNAVAILABLE_503) {
            response.getHeaders().put("Retry-After", "1");
        }
        response.write(true, text(message), callback);
    }

    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        addHeaders(response.getHeaders());
        String said =
                code < HttpStatus.INTERNAL_SERVER_ERROR_500 && message != null ? message : HttpStatus.getMessage(code);
        write(response, code, said, callback);
    }

    @Override
    public ByteBuffer badMessageError(int status, String reason, HttpFields.Mutable fields) {
        addHeaders(fields);
        fields.put(HttpHeader.CONTENT_TYPE, JSON);
        return text(reason == null ? HttpStatus.getMessage(status) : reason);
    }
}
