package dev.tandem.weights.keras;

import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** HDF5 files that Python's h5py 3 wrote, deflated by its zlib, as base64. */
public final class TestHdf {
    /** Two layers of weights, contiguous. */
    public static final byte[] NET =
            file("eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KNERR+TD5BCjNCKU7oPQKJpg4M1hOAiouADNfCEJlQMVDglxdQar/owGYPQ9YIbQE"
                    + "wygYicDD1TEAREdA+QpQ+gQTqrrk/LyyeEMGhpTUvOLUeGOGtJzEkpLUPHj6tCDRXlzpV4OdtPS7gGM0/Y6mX0T61YCVl6zY"
                    + "0m98OBo/iQGtnDUg0t5gP38XUBrmgOUbZlRzPKD8DFZY+oaKc6OqK4DyJ/CipuMMIVR1E6D8DSLDK/4EoSGDHl48DB5Q//MC"
                    + "w1iCoTw1Mz2jJD4vMTe1GCQuDAwYUNgzMkJCCFZcMaHFNyyeGRlYIWHJCAtXqPksqPph4c2MRhOSZwa6ESQnqCAPrOshJak4"
                    + "B4N4PVSeFehakDwTExPYCA5oTDMzvuCEpgy0kImgabhD0i8TPP1OYMevHpYuDbhGyxw0YM/AcACIFRyArTYgngDEG4D4AhB/"
                    + "AGIOR2DoAbEGEFsAsQcQRwBxBhBXAHELEPc4YqZPSIjjSt/kpzcHaInDgeaNjkEWrA3AMGVwwNVO4OCDlp9EthM6+EfbCaPt"
                    + "BMx2wgZeVHXQ9i28oQDjJ5HZToDVb+j1PA9DAMH6jRNP/oe7E82BmOUIxKeMkGIAoz5jplq5ckEAew6rGNB4R6/nKviIq+de"
                    + "CIzmGWLqOfrVWz8Eh1K9Bcv36OM2iHYtD9hvOYmVqUWIbA/O9+wE27XwbjjQHEaU+hFmL3p/AVI/MuCsH0fBaP2IXD/CctkF"
                    + "EfRxGwgIoJK9AAbpy2o=");

    /** The same in chunks: deflate, shuffle and checksums. */
    public static final byte[] CHUNKED =
            file("eNrtm01oE0EUgGd2ErNpEmk10FRFU0xrjunPQSqKhVRy0qCCOZmk6cYtrLE20ShFvCi0ItSLpUePCh5y8+RFUDyLHgoe9ObB"
                    + "g6D3uLMzk81Os/kRkZq8D8rwZiYzk7cvs+/N62ykkudCQ4eGEEVVkQcNo2bqHHzGKYv2HC8xL9d5+VwR9cRqi/D6YT7+zhyT"
                    + "dV5/+eLCAu1dlxDzfPGyMoKAQSS1MJ+mZYbLUV6+V5z9CjdKt7NTCC1ppbKWnUFFI1+paKWGfZ7scV43+437erPfZyrYL9iv"
                    + "bb9xsV96W9lv9ookLyJpn010Oe+l8xeS1IZV8bshznFSXNa9wr4ZL8ed/T5y+ddxpx3Pn3L2W+byxun+en4jXDOyvoIoxb9/"
                    + "yNRxBFW15Wt6JVvKX9fKtP6gqRiqe4yZhsR2pUjPWzxnjLxMl1jolY/vcX5e6JtIZad2Yq6Rto1Ej5nveraTjqpo9D5v95qr"
                    + "pe0KUawhAihtyZiI8Wk7RmX9VrFoaHwMOh+rX9LojmvXE643s2+loGurM9OsXuU7OFG83/z20jFfKv3z2ParNOz3ia/9cxJ2"
                    + "mYGN1gF9P+EW76d4j+MkJL12sjcPqB4AAAAAAAAAAOC/5M7VQi6qHEmntmtf3/j2+0OBzfXHj7aOrq35EisPCPr5I7DzYevm"
                    + "LEb7pHMMFji6nYPsnXOJCD+XUPQxe4lNYWzij/TmFn+HXfpvj7eOsyGeBgAAAID+9rNyOT1Xq5rv/ncYvc5MbLrloo0Yk1ea"
                    + "fI12uejvE6yEFMlg4paLDsec/fj/UDSS0UJebPjWvXnEIocq55KDKM3Hc8+h+tvEDo11SgvcHYOwb4pZCLErZ0r2fExCZk/Y"
                    + "S22KS6Jd6V/OpX6Ote8v9oeHU/Cb6SaWG+vwOUPSI4HYDgAAAAAAoO9j+rOKL3xg0qi9qppu3+F7pJ78ZET7IFnydNpe4j9P"
                    + "lrydc8rgUAMAAADAYDhWcrJEHDbLF1LtCztBy38x8ne1Vfus2Tps9qFOF3Ya9wstf6k5KSPmlS9CsaQMck3KAIONnJQRh/Qv"
                    + "pIt0IumS/kvz/gb5/FBx");

    /** Datasets of other types, and without elements. */
    public static final byte[] KINDS =
            file("eNrtmTFPwkAYhr9rKTY1hrpQUBPr5sjAwAZGUAYjRh0cRVPFBMEoiTi54sbI6OjIT2Bw8Ac4+AP8AQ7GFVvuO+idUkxkqPGe"
                    + "5eXuXtrey9cbPu6K+Y05Y8EAD12HCJjgp4/El/gxWz9EJagt1AeFzZPBWgLn5/H6om9/t1Dw3H0Bdp9ihKoOkv9IsbC24+kB"
                    + "jnOoTwrvu67Uq46rDafZ8MZXx+Vq+RLg6Ox0sF4pV088dc4vGjeu1uo1x1+/CeG+BDS6RtiYOgihEyr6RmoOrKbOapU+qeaO"
                    + "vHlFUQitY3odlaQi39+5Herfg+XF4t/bLuUJzICN40cr+Psp1I9ksG8V9TUR7MugRheDfewy3Xiwj52CbS3Yx84jW51WrmK9"
                    + "6VzeqrsD73PSrT8Tn5P4nmRUZyDU2X2U3xmjE+o6816ObnRUc5vrpS3i2wbx+cD33jNeYvLslEgkEolEIpFIJBKJ5K/x0/7I"
                    + "vL2MPQEbLB2sW1wf34frWXwngdEJeSJ2blKPkvXoFDGjleywR5mehXRfnZTRM7bPxB5SK1SJZN+o9sbWDJ8PGfrEGophZiYY"
                    + "GhixiTX0nuSTDmc+kPmaCO2zEoVwRrGpqf76LRP/12E0Q3mqKPhTTn+/4T5VPgE9ZWVz");

    /** A link to another file. */
    static final byte[] LINK =
            file("eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KCphR+TD5BCjNCKU7oPQKJpg4C1hOAiouADVfAWpeAFQ8JMjVFdl8dHtGwcgGHq6O"
                    + "4KQSAeVzQOkTTKjqYOkwgEr2MsFTLvaUyQV0CSOSejaoekYOB8ZEXgaG/JKM1CK9DFMG/SSwOABT6jyM");

    /** A dataset whose elements are in another file. */
    static final byte[] RAW =
            file("eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KNrCi8mHyCVCaEUp3QOkVTDBxRrCcBFRcEGo+urqQIFdXkOr/aABmTwYLhOZgGAUj"
                    + "EXi4OgaA6AgoH5ZKTzChqktES48eFNrLyMAGMYsRxoekZEZGiAA0WcJpZqA8SEZQQR4qpsAgzsEgXg+VZwWmYJA8ExMT2AB2"
                    + "Bg0wnxGaVwxwpHOYfzmg9jMzwnKIAJrKCLrEgwRaOAewoKrLL8lILdJLysyD8oP9/F1A/oP5S4F5NE2TAwD2iTrv");

    /** A group that holds the root. */
    static final byte[] LOOP =
            file("eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KCjhQ+TD5BCjNCKU7oPQKJpg4IwOIKQEVF4Saj64uJMjVFaT6PxqA2fOAFUJzMIyC"
                    + "kQg8XB0DQHQElA9LpSeYUNWlo6VHDwrtZQRDzPTrwQzhZ7ASl3412EfT72j6xUy/Hayo6koLqJt+g/38XUApGJbuFJjRzEdL"
                    + "x6OAuHAkVO+NAuwAAPlyRKs=");

    /** A dataset that was never written. */
    static final byte[] NEVER =
            file("eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KKlhR+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsrSPV/NACzx4AFQnMwjIKR"
                    + "CDxcHQNAdASUD0ulJ5hQ1eWllqUWIaVHDwrtZWRghZjFCONDUjIjI0QAmizhNDNQHiQjqCAPFVNgEOdgEK+HyrMCUzBInomJ"
                    + "iRGSniHmMTPCUrwAmgs6BlU8BPv5u4ByNCwfKjCPpk1yAADmEzba");

    /** A dataset packed in a way of h5py alone. */
    static final byte[] LZF =
            file("eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KNvKi8mHyCVCaEUp3QOkVTDBxRrCcBFRcEGo+urqQIFdXkOr/aABmjwELhOZgGAUj"
                    + "EXi4OgaA6AgoH5ZKTzChqktES48eFNrLyMAGMYsRxoekZEZGiIADVB2MZgbKg2QEFeQZIElWgUGcg0G8HirPCkzBIHkmZiaw"
                    + "AdwMGmA+I8zBtSB5ZoacqjQwF2QGKyPCfg6o/cxMTBWsCKtZEC6OoGk8BPv5u4ByNCwfKjCPpk1yAKi8Y8RS3nHiUL+CF5UP"
                    + "S28so0E5CkbBKBgFo2AUDFsAbP49+AwiAc5GRHE=");

    /** The newest layout of the file. */
    public static final byte[] NEWEST_LAYOUT =
            file("eNrr9HBx4+WS4mLm4GCAgf9QEMUE4RtAxR9KPev393AJYmKoYBJCVggDXEwMjAwMbIIMQIotOT+vLN5wM8xQZwZqgBjrqnpi"
                    + "nCAMcgIHxAnx4WaMUO2OVHBC0aQIQ7ATGBkYGVUYGJiYGBmZoXLQAGPA4IswMAoqyDOwgHkKDOIcDOL1QBYr0LXMXBxAnzAz"
                    + "OkEVS8AsWsAw6EE9H38zhNVgDyQcgAiIG4B4gQMAoYBCLw==");

    private TestHdf() {}

    private static byte[] file(String base64) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(Base64.getDecoder().decode(base64));
            byte[] all = new byte[1 << 15];
            int length = inflater.inflate(all);
            return Arrays.copyOf(all, length);
        } catch (DataFormatException e) {
            throw new IllegalStateException(e);
        } finally {
            inflater.end();
        }
    }
}
