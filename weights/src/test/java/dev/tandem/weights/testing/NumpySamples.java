package dev.tandem.weights.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Files as NumPy 2 wrote them under Python 3, gzip and base64:
 *
 * <pre>
 * w = np.arange(6, dtype='f4').reshape(2, 3)
 * PICKLED_NPY: np.save(f, np.array({'conv1': [w, np.array([.5, 1.5], 'f4')],
 *   'fc6': {'weights': np.asfortranarray(w), 'biases': np.array([-1], '>f8')}, 'mean': np.array(4, 'f2'),
 *   'note': 'text'}, dtype=object))
 * NPZ: np.savez(f, w=w, t=w.T, i=np.array([1, 2], 'u1'), o=np.zeros((0, 2)))
 * DEFLATED_NPZ: np.savez_compressed(f, w=w, t=w.T, d=np.array(2.5))
 * </pre>
 */
public final class NumpySamples {
    public static final String PICKLED_NPY = """
            H4sIAAAAAAACA6WQTUvDQBCG82mL9SyCHnJLCqWgiIiILVQ8GExF8OChlG2ydQttUjabarGFXqot7K3j3X+iP8l/oJvEb+PJYXdg
            Z9993pldOOcnpxeyNJBuTA+HLjX3DHNUN0uG2Q4oo8hvBtTDcfkIdUMs6iFBfSzOVrFkjI3/xfJEuy8oUhJ81Y96/WG56QYUl3tR
            l3UQpWgIfKVJsRv4IaORy2ABXE+UwHO+l0oWYEtTqMktuIMzsGy5SFSue2zYx7Feqe/CfJZeqVwegeM4xy8ikmRXGLTmDRiDxXXh
            M9iEBlhEIXoMJbk3pK3Y6i2QAlfa219p+z9oUkyrraVDTSoiVcUSeyL2QxXEdQZbHNbntbxQixdPlViFudp2d5K2cle4c0lYCH91
            tT57d0ycKqmb9OHIl1odFOIsgDxNh/r2RQeZQ+Ufn1OTGBlxrYeR/5tYTHBbnziykQVTpMOkM80PGAauMXzNIEKiVH4FoibfFZYC
            AAA=
            """;

    public static final String NPZ = """
            H4sIAAAAAAACAwvwZmbRZYAARQb/lwxa/6GAlUGEoVwvr6CSkUGAYQZUCYye7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZf
            VFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy6IKxrsgYQDEAFxAxAvcAhA8Y5U6LtMZO+UUMM7IUWlKL4x1lEw
            osw3xHoniSk1Htk7mTDvNEGVNOHzTk2pIZGxQ6FvFLgYmVAdfvZaaDmyw/NhDm+AKmnAHw8WRDncgOKI4ArwZmTSZUbNDzOg6YSV
            AQEaGEEkOHegawGlOexazgPJEmxaQPHaBI0+VC3zgPZkYtMCCtEGaMChaglnYoCEb4A3KxtIiAUIzwBpPmYQDwBWRDgk8AMAAA==
            """;

    public static final String DEFLATED_NPZ = """
            H4sIAAAAAAACAwvwZmbRZWBg4ABiRQb/lwxa/6GAlUGEoVwvr6CSkUGAYQYDBIRC6dlvxF9JC5w8EXAsYO28SVFzYpbkLV2QNzlt
            0brFC+ZNiw8JmjJDfH78lElcQuXeZzT9WLvE01XEljD9lHKz4jo2y4prK1cKsx6bQcYGdiE+B5YjvA57DjAyBKC4RSr0XSayW0rQ
            3RJCslv4NbV8WbkgTtkpdcyKyw3slCeEnGK6xWoyslNSYE7pgDrBnYBTFhIKFrA7RBiB7kgoZADazsiky4waLaCQB/mclQEBGhhB
            JDiS0LWAQi8Eq5YeIFmCTQvIlyCPdGBoEQfakwLRwsoGEmIGwplAeirYAQBmjLHiRAIAAA==
            """;

    private NumpySamples() {}

    /** An array as NumPy writes it in a version of the format. */
    public static byte[] npy(int version, String header, byte[] elements) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + (version == 1 ? 2 : 4) + text.length + elements.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            bytes.putShort((short) text.length);
        } else {
            bytes.putInt(text.length);
        }
        return bytes.put(text).put(elements).array();
    }
}
