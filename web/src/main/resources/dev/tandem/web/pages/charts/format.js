/* Numbers as people read them, with a narrow space that does not break before units and between thousands. */
const SPACE = "\u202f";
const NONE = "\u2013";

function isNumber(value) {
    return typeof value === "number" && Number.isFinite(value);
}

/** What is no finite number: JSON has texts for it. So a loss that has diverged is seen. */
function unusual(value) {
    const read = Number(value ?? 0);
    if (Number.isFinite(read)) {
        return NONE;
    }
    return Number.isNaN(read) ? "NaN" : read > 0 ? "\u221e" : "\u2212\u221e";
}

function grouped(digits) {
    return digits.replace(/\B(?=(\d{3})+(?!\d))/g, SPACE);
}

/** A share of 0 to 1: "12.6 %". */
export function percent(share, decimals = 1) {
    return isNumber(share) ? `${(100 * share).toFixed(decimals)}${SPACE}%` : unusual(share);
}

/** A probability: "12.6 %", or "< 0.1 %" where that is not 0. */
export function chance(probability) {
    return probability > 0 && probability < 0.0005 ? `<${SPACE}${percent(0.001)}` : percent(probability);
}

/** A whole number: "60 954 656". */
export function count(value) {
    return isNumber(value) ? grouped(String(Math.round(value))) : unusual(value);
}

/** A number with so many digits that count: "1.510". */
export function number(value, digits = 4) {
    if (!isNumber(value)) {
        return unusual(value);
    }
    const size = Math.abs(value);
    if (size >= 10 ** digits) {
        return grouped(String(Math.round(value)));
    }
    return size !== 0 && size < 1e-3 ? scientific(value, 2) : value.toPrecision(digits);
}

/** A learning rate or another number whose magnitude matters: "0.01", "2.5 × 10⁻⁵". */
export function rate(value) {
    if (!isNumber(value)) {
        return unusual(value);
    }
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-4 || size >= 1e6) ? scientific(value, 3) : String(Number(value.toPrecision(4)));
}

/** A magnitude: "1.4 × 10⁻³". */
function scientific(value, digits) {
    if (!isNumber(value)) {
        return unusual(value);
    }
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const raised = String(Number(exponent)).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
    const short = String(Number(mantissa));
    return short === "1" ? `10${raised}` : `${short}${SPACE}×${SPACE}10${raised}`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size in bytes: "232.5 MiB". */
export function bytes(value) {
    if (!isNumber(value)) {
        return unusual(value);
    }
    let unit = 0;
    let rest = value;
    while (Math.abs(rest) >= 1024 && unit < BYTE_UNITS.length - 1) {
        rest /= 1024;
        unit++;
    }
    return `${unit === 0 ? Math.round(rest) : rest.toFixed(1)}${SPACE}${BYTE_UNITS[unit]}`;
}

/** A large count with a letter: "714.2 M". */
export function large(value) {
    if (!isNumber(value)) {
        return unusual(value);
    }
    for (const [size, letter] of [
        [1e12, "T"],
        [1e9, "G"],
        [1e6, "M"],
        [1e3, "k"],
    ]) {
        if (Math.abs(value) >= size) {
            return `${(value / size).toFixed(1)}${SPACE}${letter}`;
        }
    }
    return String(Math.round(value));
}

/** A time: "1.05 s", "3 min 20 s", "5 h 12 min", "6 d 3 h". */
export function duration(seconds) {
    if (!isNumber(seconds)) {
        return unusual(seconds);
    }
    if (seconds < 60) {
        return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)}${SPACE}s`;
    }
    const whole = Math.round(seconds);
    const days = Math.floor(whole / 86400);
    const hours = Math.floor(whole / 3600) % 24;
    const minutes = Math.floor(whole / 60) % 60;
    if (days > 0) {
        return `${days}${SPACE}d ${hours}${SPACE}h`;
    }
    return hours > 0 ? `${hours}${SPACE}h ${minutes}${SPACE}min` : `${minutes}${SPACE}min ${whole % 60}${SPACE}s`;
}

/** The value of a setting as it is written; a dash for one that a run does not have. */
export function settingText(value) {
    if (value === undefined || value === null) {
        return "\u2013";
    }
    return typeof value === "string" ? value : JSON.stringify(value);
}
