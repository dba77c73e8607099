package dev.tandem.imagenet.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutTest {
    private static ImageFiles files(int... perClass) {
        ImageFiles.Builder files = new ImageFiles.Builder(Path.of("photographs")).prefix("train/");
        for (int label = 0; label < perClass.length; label++) {
            for (int i = 0; i < perClass[label]; i++) {
                files.add("train/class" + label + "/" + i + ".jpg", label);
            }
        }
        return files.build();
    }

    private static Set<String> names(ImageFiles files) {
        Set<String> names = new HashSet<>();
        IntStream.range(0, files.size()).forEach(i -> names.add(files.name(i)));
        return names;
    }

    @Test
    void eachClassGivesItsShareAndEachImageIsOnOneSide() {
        ImageFiles files = files(2000, 500);
        HeldOut heldOut = HeldOut.of(files, 2, 0.2, 1);
        assertThat(heldOut.validation().counts(2)[0]).isBetween(330, 470);
        assertThat(heldOut.validation().counts(2)[1]).isBetween(65, 135);
        Set<String> all = names(heldOut.training());
        assertThat(all).doesNotContainAnyElementsOf(names(heldOut.validation()));
        all.addAll(names(heldOut.validation()));
        assertThat(all).isEqualTo(names(files));
        assertThat(names(HeldOut.of(files, 2, 0.2, 1).validation())).isEqualTo(names(heldOut.validation()));
        assertThat(names(HeldOut.of(files, 2, 0.2, 2).validation())).isNotEqualTo(names(heldOut.validation()));
    }

    @Test
    void anImageStaysOnItsSideWhenOthersAreAdded() {
        HeldOut before = HeldOut.of(files(100, 100), 2, 0.2, 1);
        HeldOut after = HeldOut.of(files(300, 150, 20), 3, 0.2, 1);
        assertThat(names(after.validation())).containsAll(names(before.validation()));
        assertThat(names(after.training())).containsAll(names(before.training()));
        assertThat(names(HeldOut.of(files(100, 100), 2, 0.4, 1).validation())).containsAll(names(before.validation()));
    }

    @Test
    void aClassOfTwoHasOneOnEachSideAndAClassOfOneIsTrainedOn() {
        for (double share : new double[] {0.001, 0.5, 0.999}) {
            HeldOut heldOut = HeldOut.of(files(2, 1, 3), 3, share, 1);
            assertThat(heldOut.validation().counts(3)[0]).isEqualTo(1);
            assertThat(heldOut.validation().counts(3)[1]).isZero();
            assertThat(heldOut.validation().counts(3)[2]).isBetween(1, 2);
        }
    }
}
