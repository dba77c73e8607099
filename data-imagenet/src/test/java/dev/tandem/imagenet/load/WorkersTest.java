package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkersTest {
    @Test
    void whateverEndsAThreadIsTold() {
        List<Throwable> told = Collections.synchronizedList(new ArrayList<>());
        for (Throwable thrown : List.of(
                new NoClassDefFoundError("dev/tandem/Gone"),
                new IllegalStateException("status 2"),
                new InterruptedException("nobody waits"))) {
            told.clear();
            Workers workers = new Workers(
                    2,
                    () -> {
                        if (thrown instanceof Error error) {
                            throw error;
                        }
                        throw (Exception) thrown;
                    },
                    told::add);
            workers.join();
            assertThat(told).containsExactly(thrown, thrown);
        }
    }
}
