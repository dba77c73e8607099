package dev.tandem.imagenet.statistics;

/**
 * Eigenvalues and eigenvectors of a symmetric 3x3 matrix by Jacobi's rotations (Golub and Van Loan, Matrix
 * Computations, section 8.5): plain arithmetic and square roots, so the same bits everywhere.
 */
final class SymmetricEigen {
    private static final int N = 3;
    private static final int SWEEPS = 50;

    private final double[] values = new double[N];
    private final double[][] vectors = new double[N][N];

    /** Decomposes {@code matrix}, row-major; only finite and symmetric values make sense. */
    SymmetricEigen(double[] matrix) {
        double[][] a = new double[N][N];
        double[][] v = new double[N][N];
        for (int i = 0; i < N; i++) {
            v[i][i] = 1;
            System.arraycopy(matrix, i * N, a[i], 0, N);
        }
        for (int sweep = 0; sweep < SWEEPS && offDiagonal(a) > 0; sweep++) {
            rotate(a, v, 0, 1);
            rotate(a, v, 0, 2);
            rotate(a, v, 1, 2);
        }
        int[] order = descending(a);
        for (int i = 0; i < N; i++) {
            values[i] = a[order[i]][order[i]];
            double largest = 0;
            for (int row = 0; row < N; row++) {
                vectors[i][row] = v[row][order[i]];
                if (Math.abs(vectors[i][row]) > Math.abs(largest)) {
                    largest = vectors[i][row];
                }
            }
            // A vector and its negative are both right; the one whose largest component is positive is kept.
            for (int row = 0; largest < 0 && row < N; row++) {
                vectors[i][row] = -vectors[i][row];
            }
        }
    }

    /** Eigenvalue {@code i}, the largest first. */
    double value(int i) {
        return values[i];
    }

    /** Component {@code row} of the unit eigenvector of eigenvalue {@code i}. */
    double vector(int i, int row) {
        return vectors[i][row];
    }

    private static double offDiagonal(double[][] a) {
        return Math.abs(a[0][1]) + Math.abs(a[0][2]) + Math.abs(a[1][2]);
    }

    private static void rotate(double[][] a, double[][] v, int p, int q) {
        double off = a[p][q];
        if (off == 0) {
            return;
        }
        if (Math.abs(off) < 1e-18 * (Math.abs(a[p][p]) + Math.abs(a[q][q]))) {
            a[p][q] = a[q][p] = 0;
            return;
        }
        double theta = (a[q][q] - a[p][p]) / (2 * off);
        double t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double c = 1 / Math.sqrt(t * t + 1);
        double s = t * c;
        int r = N - p - q;
        double arp = a[r][p];
        double arq = a[r][q];
        a[p][p] -= t * off;
        a[q][q] += t * off;
        a[p][q] = a[q][p] = 0;
        a[r][p] = a[p][r] = c * arp - s * arq;
        a[r][q] = a[q][r] = s * arp + c * arq;
        for (int i = 0; i < N; i++) {
            double vip = v[i][p];
            double viq = v[i][q];
            v[i][p] = c * vip - s * viq;
            v[i][q] = s * vip + c * viq;
        }
    }

    private static int[] descending(double[][] a) {
        int[] order = {0, 1, 2};
        for (int i = 1; i < N; i++) {
            for (int j = i; j > 0 && a[order[j]][order[j]] > a[order[j - 1]][order[j - 1]]; j--) {
                int swapped = order[j];
                order[j] = order[j - 1];
                order[j - 1] = swapped;
            }
        }
        return order;
    }
}
