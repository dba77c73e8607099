package dev.tandem.imagenet.options;

import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Which images of a data folder are trained on and validated on.
 *
 * @param validation whether images to validate on are needed
 * @param validationFolder a folder of classes to validate on, anywhere; absent: the data folder's own
 * @param split the share of each class's training images to validate on instead, above 0 and below 1; absent: {@value
 *     #DEFAULT_SPLIT} for class folders without {@code train} and {@code val}, none otherwise
 * @param seed of the split
 * @param badShare the largest share of a set's files that may be no usable images, 0 to 1; {@value #ALWAYS_ALLOWED}
 *     files always may
 * @param sampling how often the images of a class are drawn
 */
public record FolderOptions(
        Validation validation,
        Optional<Path> validationFolder,
        OptionalDouble split,
        long seed,
        double badShare,
        Sampling sampling) {
    /** What is split off class folders that have neither {@code train} nor {@code val}. */
    public static final double DEFAULT_SPLIT = 0.2;
    /** How many files of a set may be no usable images, whatever its size. */
    public static final int ALWAYS_ALLOWED = 5;

    private static final String OPERATION = "data folder options";

    /** Whether images to validate on are needed. */
    public enum Validation {
        /** A folder without any is an error. */
        REQUIRED,
        /** They are taken if there are any. */
        IF_PRESENT,
        /** None are taken, even if there are some. */
        NONE
    }

    public FolderOptions {
        if (split.isPresent() && !(split.getAsDouble() > 0 && split.getAsDouble() < 1)) {
            throw TandemException.argument(
                    OPERATION,
                    "share to split off out of range",
                    split.getAsDouble(),
                    "above 0 and below 1",
                    "0.2 validates on a fifth of each class");
        }
        if (!(badShare >= 0 && badShare <= 1)) {
            throw TandemException.argument(
                    OPERATION, "share of bad files out of range", badShare, "0 to 1", "0.05 is usual");
        }
        int choices = (validationFolder.isPresent() ? 1 : 0)
                + (split.isPresent() ? 1 : 0)
                + (validation == Validation.NONE ? 1 : 0);
        if (choices > 1) {
            throw TandemException.argument(
                    OPERATION,
                    "more than one way to validate",
                    (validationFolder.isPresent() ? "a folder, " : "")
                            + (split.isPresent() ? "a split" : "")
                            + (validation == Validation.NONE ? " and none" : ""),
                    "one of --val DIR, --split FRACTION and --no-validation",
                    "Leave out the others");
        }
    }

    /** Validation is required, of the folder's own images; seed 1, at most 5 % bad files, natural sampling. */
    public static FolderOptions defaults() {
        return new FolderOptions(
                Validation.REQUIRED, Optional.empty(), OptionalDouble.empty(), 1, 0.05, Sampling.NATURAL);
    }

    /** The same with another need of images to validate on. */
    public FolderOptions withValidation(Validation need) {
        return new FolderOptions(need, validationFolder, split, seed, badShare, sampling);
    }

    /** The same with a folder of classes to validate on. */
    public FolderOptions withValidationFolder(Path folder) {
        return new FolderOptions(validation, Optional.of(folder), split, seed, badShare, sampling);
    }

    /** The same with a share of the training images to validate on, chosen by {@code splitSeed}. */
    public FolderOptions withSplit(double share, long splitSeed) {
        return new FolderOptions(validation, validationFolder, OptionalDouble.of(share), splitSeed, badShare, sampling);
    }

    /** The same with another seed of what is split off. */
    public FolderOptions withSeed(long splitSeed) {
        return new FolderOptions(validation, validationFolder, split, splitSeed, badShare, sampling);
    }

    /** The same with another largest share of bad files. */
    public FolderOptions withBadShare(double share) {
        return new FolderOptions(validation, validationFolder, split, seed, share, sampling);
    }

    /** The same with another sampling. */
    public FolderOptions withSampling(Sampling changed) {
        return new FolderOptions(validation, validationFolder, split, seed, badShare, changed);
    }

    /** The same without a choice of what to validate on, to be used with another folder. */
    public FolderOptions withoutChoice() {
        return new FolderOptions(
                Validation.IF_PRESENT, Optional.empty(), OptionalDouble.empty(), seed, badShare, sampling);
    }
}
