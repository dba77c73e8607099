package dev.tandem.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Clients of {@code ./tandem serve} that post photographs as fast as they are answered:
 * {@code ServiceLoad http://127.0.0.1:8080/ FOLDER CLIENTS SECONDS}. First one client asks for each photograph; every
 * later answer has to be the same to the last character.
 */
public final class ServiceLoad {
    private static final int MOST_PHOTOGRAPHS = 200;
    private static final int BUSY = 429;
    private static final int OK = 200;
    private static final double MILLIS = 1e6;
    private static final double NANOS = 1e9;

    private final URI address;
    private final List<byte[]> photographs;
    private final List<String> expected = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();

    private ServiceLoad(URI address, List<byte[]> photographs) {
        this.address = address;
        this.photographs = photographs;
    }

    /** Runs it; fails if an answer is wrong. */
    public static void main(String[] args) throws Exception {
        URI address = URI.create(args[0]);
        int clients = Integer.parseInt(args[2]);
        int seconds = Integer.parseInt(args[3]);
        ServiceLoad load = new ServiceLoad(address, photographs(Path.of(args[1])));
        load.askOneByOne();
        load.ask(clients, seconds);
    }

    private static List<byte[]> photographs(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().matches("(?i).*\\.(jpe?g|png)"))
                    .sorted()
                    .limit(MOST_PHOTOGRAPHS)
                    .map(ServiceLoad::bytes)
                    .toList();
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection, on which requests follow each other. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;
        private final String host;

        Client(URI address) throws IOException {
            socket = new Socket(address.getHost(), address.getPort());
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
            host = address.getHost();
        }

        private record Answer(int status, String body) {}

        Answer ask(String request, byte[] body) throws IOException {
            String head = request + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + body.length + "\r\n\r\n";
            byte[] ascii = head.getBytes(StandardCharsets.US_ASCII);
            byte[] all = Arrays.copyOf(ascii, ascii.length + body.length);
            System.arraycopy(body, 0, all, ascii.length, body.length);
            out.write(all);
            int status = Integer.parseInt(line().split(" ")[1]);
            int length = 0;
            for (String line = line(); !line.isEmpty(); line = line()) {
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(line.substring(line.indexOf(':') + 1).trim());
                }
            }
            return new Answer(status, new String(in.readNBytes(length), StandardCharsets.UTF_8));
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new IOException("the server has closed the connection");
                }
                line.append((char) next);
            }
            return line.toString().trim();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private void askOneByOne() throws IOException {
        List<Long> nanos = new ArrayList<>();
        try (Client client = new Client(address)) {
            for (byte[] photograph : photographs) {
                expected.add(client.ask("POST /classify", photograph).body()); // the first time warms up
            }
            for (int i = 0; i < photographs.size(); i++) {
                long began = System.nanoTime();
                Client.Answer answer = client.ask("POST /classify", photographs.get(i));
                nanos.add(System.nanoTime() - began);
                requireRight(answer, i);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "1 client, %d photographs: median %.1f ms, p99 %.1f ms%n",
                photographs.size(),
                quantile(nanos, 0.5) / MILLIS,
                quantile(nanos, 0.99) / MILLIS);
    }

    private void requireRight(Client.Answer answer, int photograph) {
        if (answer.status() != OK || !answer.body().equals(expected.get(photograph))) {
            throw new IllegalStateException("photograph " + photograph + ": " + answer + ", expected "
                    + expected.get(photograph));
        }
    }

    /** What a client saw. */
    private record Seen(List<Long> nanos, int busy) {}

    private void ask(int clients, int seconds) throws Exception {
        double rows = metric("tandem_rows_total");
        double batches = metric("tandem_batches_total");
        double processor = metric("process_cpu_seconds_total");
        double memory = metric("process_resident_memory_bytes");
        long began = System.nanoTime();
        long end = began + TimeUnit.SECONDS.toNanos(seconds);
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        List<Long> nanos = new ArrayList<>();
        int busy = 0;
        Callable<Seen> client = () -> askUntil(end);
        for (Future<Seen> seen : threads.invokeAll(Collections.nCopies(clients, client))) {
            nanos.addAll(seen.get().nanos());
            busy += seen.get().busy();
        }
        double took = (System.nanoTime() - began) / NANOS;
        threads.shutdown();
        System.out.printf(
                Locale.ROOT,
                "%d clients, %.0f s: %.1f images/s, median %.1f ms, p99 %.1f ms, mean batch %.2f, %d answers right, %d"
                        + " times 429, %.2f ms of the server's processors an image, %.0f MB resident before, %.0f MB after%n",
                clients,
                took,
                nanos.size() / took,
                quantile(nanos, 0.5) / MILLIS,
                quantile(nanos, 0.99) / MILLIS,
                (metric("tandem_rows_total") - rows) / (metric("tandem_batches_total") - batches),
                nanos.size(),
                busy,
                (metric("process_cpu_seconds_total") - processor) / nanos.size() * 1e3,
                memory / 1e6,
                metric("process_resident_memory_bytes") / 1e6);
    }

    private Seen askUntil(long end) throws Exception {
        List<Long> nanos = new ArrayList<>();
        int busy = 0;
        try (Client client = new Client(address)) {
            while (System.nanoTime() < end) {
                int photograph = next.getAndIncrement() % photographs.size();
                long began = System.nanoTime();
                Client.Answer answer = client.ask("POST /classify", photographs.get(photograph));
                if (answer.status() == BUSY) {
                    busy++;
                    TimeUnit.MILLISECONDS.sleep(20);
                } else {
                    nanos.add(System.nanoTime() - began);
                    requireRight(answer, photograph);
                }
            }
        }
        return new Seen(nanos, busy);
    }

    private double metric(String name) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address.resolve("/metrics")).build(), BodyHandlers.ofLines())
                .body()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    private static double quantile(List<Long> values, double share) {
        long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
    }
}
