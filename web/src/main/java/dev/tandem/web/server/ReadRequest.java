package dev.tandem.web.server;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** A request whose body is in memory. */
final class ReadRequest extends Request.Wrapper {
    private final int length;
    private Content.Chunk next;

    ReadRequest(Request request, byte[] body) {
        super(request);
        this.length = body.length;
        this.next = Content.Chunk.from(ByteBuffer.wrap(body), true);
    }

    @Override
    public long getLength() {
        return length;
    }

    @Override
    public Content.Chunk read() {
        Content.Chunk read = next;
        next = Content.Chunk.next(read);
        return read;
    }

    @Override
    public void demand(Runnable onContent) {
        onContent.run(); // it is there
    }

    @Override
    public boolean consumeAvailable() {
        next = Content.Chunk.EOF;
        return super.consumeAvailable();
    }
}
