package dev.tandem.web.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server and clients of every kind. Its patience is short only where the impatience is to be seen. */
@Timeout(60)
class WebServerTest {
    private static final Patience SHORT = new Patience(1024, 1, 0.5, 0.5, 64 << 10, 10, 30);
    private static final Patience FEW_CONNECTIONS = new Patience(200, 600, 0.5, 0.5, 64 << 10, 10, 30);
    private static final int LARGE = 32 << 20;

    private final HttpClient client = HttpClient.newHttpClient();
    private final CompletableFuture<String> later = new CompletableFuture<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private WebServer server;

    @BeforeEach
    void start() {
        startWith(Patience.usual());
    }

    private void startWith(Patience patience) {
        if (server != null) {
            server.close();
        }
        server = WebServer.start(
                new WebOptions("127.0.0.1", 0, Optional.of("the-right-token")), patience, this::addRoutes);
    }

    @AfterEach
    void stop() {
        later.complete("");
        server.close();
    }

    private void addRoutes(RoutesConfig routes, Access access) {
        routes.get("/", request -> request.result("hello"));
        routes.post("/length", request -> request.result(String.valueOf(request.bodyAsBytes().length)));
        routes.get("/large", request -> request.result(new byte[LARGE]));
        routes.get("/later", request -> {
            begun.countDown();
            request.future(() -> later.thenAccept(request::result));
        });
        routes.post("/change", request -> {
            access.requireToken(request);
            request.result("changed");
        });
        routes.get("/misused", request -> {
            throw TandemException.argument("top", "out of range", 0, "1 or more", "");
        });
        routes.get("/busy", request -> {
            throw TandemException.of(ErrorCode.BUSY, "classify", "busy", 1, 0, "");
        });
        routes.get("/broken", request -> {
            throw new IllegalStateException("/secret/path");
        });
        routes.get(
                "/caught",
                request -> request.future(() -> later.thenApply(text -> {
                    throw TandemException.argument("top", "out of range", 0, "1 or more", "");
                })));
        routes.sse("/events", events -> {
            events.keepAlive();
            events.sendEvent("first");
            later.thenAccept(text -> events.sendEvent(text));
        });
        Pages.add(routes, "/assets/uPlot.min.css", "uplot/uPlot.min.css");
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String raw(String text) throws IOException {
        try (RawClient raw = new RawClient(server.port())) {
            return raw.send(text).received();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 200",
        "HEAD, /, 200",
        "OPTIONS, /, 204",
        "TRACE, /, 405",
        "PUT, /, 405",
        "BREW, /, 501",
        "POST, /, 405",
        "GET, /none, 404",
        "HEAD, /none, 404",
        "POST, /none, 404",
        "GET, /length, 405",
        "GET, /misused, 400",
        "GET, /busy, 429",
        "GET, /broken, 500",
        "GET, /?a=%zz, 400",
        "GET, /%zz, 400",
        "GET, /../../etc/passwd, 400",
        "GET, /%2e%2e/%2e%2e/etc/passwd, 400",
        "GET, /a%00b, 400",
        "GET, /a\\b, 400",
        "GET, nonsense, 400",
        "GET, http://, 400"
    })
    void everyAnswerHasItsStatusAndTheHeaders(String method, String path, int status) throws IOException {
        String answer = raw(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(answer)
                .contains("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'")
                .contains("X-Content-Type-Options: nosniff")
                .doesNotContainIgnoringCase("jetty")
                .doesNotContain("/secret")
                .doesNotContain("Exception");
        if (status >= 400 && !method.equals("HEAD")) {
            assertThat(answer).contains("Content-Type: application/json").contains("{\"error\":\"");
        }
        if (status == 405) {
            assertThat(answer).contains("Allow: ");
        }
        if (status == 429) {
            assertThat(answer).contains("Retry-After: 1");
        }
        if (method.equals("HEAD")) {
            assertThat(answer).endsWith("\r\n\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource({"\\001\\002\\003\\r\\n\\r\\n, 400", "GET\\r\\n\\r\\n, 400", "GET / HTTP/9.9\\r\\n\\r\\n, 505"})
    void whatIsNoRequestIsAnsweredAsJson(String text, int status) throws IOException {
        String answer = raw(text.translateEscapes());
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("Content-Security-Policy")
                .contains("{\"error\":\"");
    }

    @Test
    void aRequestForAWebSocketLeavesNoSession() throws IOException {
        String answer = raw("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("Set-Cookie");
    }

    @Test
    void headersAndAddressesAreBounded() throws IOException {
        String long20 = "x".repeat(20 << 10);
        String headers = raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + long20 + "\r\n\r\n");
        assertThat(headers).startsWith("HTTP/1.1 431 ").contains("{\"error\":\"");
        String address = raw("GET /" + long20 + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(address).startsWith("HTTP/1.1 414 ").contains("{\"error\":\"");
    }

    @Test
    void bodiesAreBounded() throws Exception {
        byte[] most = new byte[WebServer.MOST_BODY_BYTES];
        assertThat(send(to("/length").POST(BodyPublishers.ofByteArray(most))).body())
                .isEqualTo("" + most.length);
        String post = "POST /length HTTP/1.1\r\nHost: localhost\r\n";
        assertThat(raw(post + "Content-Length: " + (most.length + 1) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ")
                .contains("{\"error\":\"the body is too long; at most 16777216 bytes are taken\"}");
        try (RawClient raw = new RawClient(server.port())) {
            raw.send(post + "Transfer-Encoding: chunked\r\n\r\n1000001\r\n").send(new byte[most.length + 1]);
            assertThat(raw.received()).startsWith("HTTP/1.1 413 ").contains("too long");
        }
        assertThat(raw(post + "Content-Length: -1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(raw(post + "Content-Length: 3\r\nConnection: close\r\n\r\nabc"))
                .endsWith("\r\n\r\n3");
    }

    @Test
    void aClientThatTakesNothingIsCutOff() throws Exception {
        startWith(SHORT);
        try (RawClient one = new RawClient(server.port())) {
            one.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(one.isCutOff()).isTrue();
            assertThat(one.received())
                    .as("what was on its way, and no whole answer")
                    .startsWith("HTTP/1.1 200 ")
                    .hasSizeLessThan(LARGE);
        }
    }

    @Test
    void slowClientsAreCutOffAndTakeNoThreads() throws Exception {
        startWith(SHORT);
        List<RawClient> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                RawClient one = new RawClient(server.port());
                slow.add(one);
                one.send(
                        switch (i % 3) {
                            case 0 -> "GET / HTTP/1.1\r\nHost: local";
                            case 1 -> "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nab";
                            default -> "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
                        });
            }
            for (int i = 0; i < 50; i++) {
                assertThat(send(to("/")).body()).isEqualTo("hello");
            }
            for (int i = 0; i < 100; i++) {
                if (i % 3 == 2) {
                    assertThat(slow.get(i).isCutOff()).isTrue();
                } else {
                    String answer = slow.get(i).received();
                    assertThat(answer)
                            .startsWith(i % 3 == 0 ? "" : "HTTP/1.1 408 ")
                            .doesNotContain("200");
                }
            }
        } finally {
            for (RawClient one : slow) {
                one.close();
            }
        }
        assertThat(send(to("/")).body()).isEqualTo("hello");
    }

    @Test
    void tooManyConnectionsCloseThoseThatAskForNothing() throws Exception {
        startWith(FEW_CONNECTIONS);
        List<RawClient> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                idle.add(new RawClient(server.port()));
            }
            assertThat(send(to("/")).body()).isEqualTo("hello");
            assertThat(idle.get(0).received())
                    .satisfiesAnyOf(
                            text -> assertThat(text).isEmpty(),
                            text -> assertThat(text).startsWith("cut off"));
        } finally {
            for (RawClient one : idle) {
                one.close();
            }
        }
    }

    @Test
    void eventsOutliveThePatience() throws Exception {
        startWith(SHORT);
        try (RawClient events = new RawClient(server.port())) {
            events.send("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
            String text = "";
            while (!text.contains("first")) {
                text = events.receivedUntil('\n');
            }
            Thread.sleep(2500);
            assertThat(send(to("/")).body()).isEqualTo("hello");
            later.complete("second");
            while (!text.contains("second")) {
                text = events.receivedUntil('\n');
                assertThat(text).as("the stream is still open").isNotEmpty();
            }
            server.close();
            assertThat(events.received())
                    .as("it ends with the server, and nothing else")
                    .doesNotContain("error");
        }
    }

    @Test
    void closingLetsRequestsFinish() throws Exception {
        startWith(SHORT);
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(to("/later").build(), BodyHandlers.ofString());
        begun.await();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
        assertThatThrownBy(() -> {
                    while (true) {
                        try (RawClient raw = new RawClient(server.port())) {
                            raw.received();
                        }
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(closing).isNotDone();
        later.complete("finished");
        assertThat(answer.get().body()).isEqualTo("finished");
        closing.get();
    }

    @Test
    void failuresOfFuturesAreAnsweredAsOthers() throws Exception {
        later.complete("");
        HttpResponse<String> answer = send(to("/caught"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("{\"error\":\"top: out of range, got 0, expected 1 or more\"}");
    }

    @Test
    void changingNeedsTheTokenAndTheOrigin() throws Exception {
        String cookie = "tandem-token-" + server.port() + "=";
        Map<String, Integer> statuses = Map.of(
                "",
                401,
                "Authorization: Bearer wrong",
                401,
                "Authorization: Bearer THE-RIGHT-TOKEN",
                401,
                "Authorization: Bearer the-right-token",
                200,
                "Authorization: bearer  the-right-token",
                200,
                "Cookie: " + cookie + "the-right-token",
                200,
                "Cookie: " + cookie + "other; " + cookie + "the-right-token",
                200);
        statuses.forEach((header, status) -> assertThat(change(header)).startsWith("HTTP/1.1 " + status + " "));
        String right = "Authorization: Bearer the-right-token\r\n";
        String own = "http://localhost:" + server.port();
        assertThat(change(right + "Origin: " + own)).startsWith("HTTP/1.1 403 ");
        assertThat(change(right + "Origin: http://localhost")).startsWith("HTTP/1.1 200 ");
        for (String foreign : List.of("http://evil", "null", "http://localhost.evil", "::", "")) {
            assertThat(change(right + "Origin: " + foreign)).startsWith("HTTP/1.1 403 ");
        }
        assertThat(change(right + "Sec-Fetch-Site: cross-site")).startsWith("HTTP/1.1 403 ");
        assertThat(change(right + "Sec-Fetch-Site: same-origin")).startsWith("HTTP/1.1 200 ");
    }

    private String change(String headers) {
        try {
            return raw("POST /change HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n"
                    + headers + (headers.isEmpty() ? "" : "\r\n") + "\r\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void otherNamesAreNotAnswered() throws IOException {
        assertThat(raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw("GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 403 ");
    }

    @ParameterizedTest
    @CsvSource({
        "/?token=the-right-token, /",
        "/?a=1&token=the-right-token&b=%20x, /?a=1&b=%20x",
        "//evil.example/?token=the-right-token, /evil.example/",
        "/?token=wrong, /"
    })
    void theTokenOfAnAddressBecomesACookie(String path, String target) throws IOException {
        String answer = raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        if (answer.startsWith("HTTP/1.1 400")) {
            assertThat(path).startsWith("//"); // refused altogether, which is as good
            return;
        }
        assertThat(answer).startsWith("HTTP/1.1 302 ");
        assertThat(answer).containsPattern("Location: (http://localhost(:[0-9]+)?)?" + Pattern.quote(target) + "\r\n");
        String cookie =
                "Set-Cookie: tandem-token-" + server.port() + "=the-right-token; Path=/; HttpOnly; SameSite=Strict";
        assertThat(answer.contains(cookie)).isEqualTo(!path.contains("wrong"));
    }

    @Test
    void pagesAreCompressedAndNotSentTwice() throws Exception {
        HttpResponse<String> plain = send(to("/assets/uPlot.min.css"));
        assertThat(plain.body()).contains(".uplot");
        HttpResponse<byte[]> small = client.send(
                to("/assets/uPlot.min.css")
                        .header("Accept-Encoding", "gzip, br")
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(small.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(small.body().length).isLessThan(plain.body().length());
        String tag = plain.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> known = send(to("/assets/uPlot.min.css").header("If-None-Match", tag));
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(send(to("/assets/uPlot.min.css").header("Accept-Encoding", "gzip;q=0"))
                        .body())
                .contains(".uplot");
    }

    @Test
    void fromElsewhereEverythingNeedsTheToken() throws Exception {
        try (WebServer open = WebServer.start(new WebOptions("0.0.0.0", 0, Optional.empty()), (routes, access) -> {
            routes.get("/", request -> request.result("hello"));
            routes.get("/live", request -> request.result("{}"));
            access.openToAll("/live");
        })) {
            URI address = URI.create("http://127.0.0.1:" + open.port() + "/");
            HttpResponse<String> page = send(HttpRequest.newBuilder(address).header("Accept", "text/html"));
            assertThat(page.statusCode()).isEqualTo(401);
            assertThat(page.body()).contains("<h1>This needs the token</h1>");
            assertThat(page.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            HttpResponse<String> json = send(HttpRequest.newBuilder(address.resolve("/none")));
            assertThat(json.statusCode()).isEqualTo(401);
            assertThat(json.body()).startsWith("{\"error\":\"this needs the token");
            assertThat(send(HttpRequest.newBuilder(address.resolve("/live"))).body())
                    .isEqualTo("{}");
            assertThat(send(HttpRequest.newBuilder(address)
                                    .header(
                                            "Authorization",
                                            "Bearer " + open.access().token()))
                            .body())
                    .isEqualTo("hello");
        }
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        WebOptions taken = new WebOptions("127.0.0.1", server.port(), Optional.empty());
        assertThatThrownBy(() -> WebServer.start(taken, (routes, access) -> {}))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_OUTPUT))
                .hasMessageContaining("Choose another --port, where 0 is any that is free, or another --host");
        WebOptions foreign = new WebOptions("no-such-host.invalid", 0, Optional.empty());
        assertThatThrownBy(() -> WebServer.start(foreign, (routes, access) -> {}))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no-such-host.invalid");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 70000, long-enough",
        "localhost, -1, long-enough",
        "localhost, 1, short",
        "a b, 1, long-enough"
    })
    void optionsAreChecked(String host, int port, String token) {
        assertThatThrownBy(() -> new WebOptions(host, port, Optional.of(token)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("expected");
    }
}
