/** Fewest rows that are shown when all is large. */
const FEWEST = 6;

/**
 * The part of a square matrix of `size` rows that is in sight: `span` rows and columns from row `top` and column `left`
 * on, all of them fractions when it is moved smoothly.
 */
export class MatrixView {
    constructor(size) {
        this.size = size;
        this.whole();
    }

    whole() {
        this.left = 0;
        this.top = 0;
        this.span = this.size;
    }

    get isWhole() {
        return this.span >= this.size;
    }

    /** Enlarges by `factor` around a point, each coordinate 0 to 1 of what is in sight. */
    zoom(factor, x = 0.5, y = 0.5) {
        const span = Math.min(this.size, Math.max(Math.min(FEWEST, this.size), this.span / factor));
        this.left += x * (this.span - span);
        this.top += y * (this.span - span);
        this.span = span;
        this.#clamp();
    }

    /** Moves by shares of what is in sight. */
    pan(x, y) {
        this.left += x * this.span;
        this.top += y * this.span;
        this.#clamp();
    }

    /** Moves as little as needed to have a cell in sight. */
    reveal(row, column) {
        this.left = Math.min(column, Math.max(this.left, column + 1 - this.span));
        this.top = Math.min(row, Math.max(this.top, row + 1 - this.span));
        this.#clamp();
    }

    /** Puts a cell in the middle of `span` rows. */
    centre(row, column, span) {
        this.span = Math.min(this.size, Math.max(Math.min(FEWEST, this.size), span));
        this.left = column + 0.5 - this.span / 2;
        this.top = row + 0.5 - this.span / 2;
        this.#clamp();
    }

    #clamp() {
        const most = this.size - this.span;
        this.left = Math.min(most, Math.max(0, this.left));
        this.top = Math.min(most, Math.max(0, this.top));
    }
}
