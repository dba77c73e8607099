/*
 * Colours of counts: two ramps, for what is right (blue) and for what is wrong (orange), each even to the eye (steps of
 * OKLab) and apart for people who see red and green alike. The first step is well off the page: a count of 1 is seen.
 */
const RIGHT = { light: ["#a9cbe4", "#0072b2", "#002c4d"], dark: ["#22628f", "#3d9be0", "#d9eeff"] };
const WRONG = { light: ["#f8b27c", "#d55e00", "#5e1600"], dark: ["#a4541b", "#f58a45", "#ffeddd"] };
const STEPS = 64;

/** The ramps of the scheme: right and wrong, each a function of 0 to 1 that gives [red, green, blue]. */
export function ramps(isDark) {
    const scheme = isDark ? "dark" : "light";
    return { right: ramp(RIGHT[scheme]), wrong: ramp(WRONG[scheme]) };
}

/** A colour as style. */
export function css([red, green, blue]) {
    return `rgb(${red} ${green} ${blue})`;
}

/** Black or white, whichever reads on a colour. */
export function inkOn(colour) {
    const [red, green, blue] = colour.map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000000" : "#ffffff";
}

/** Where a count stands between 1 and the largest, by its logarithm. */
export function logShare(count, largest) {
    return largest <= 1 ? 0.5 : Math.log(count) / Math.log(largest);
}

function ramp(stops) {
    const labs = stops.map(labOf);
    const table = Array.from({ length: STEPS + 1 }, (_, step) => {
        const at = (step / STEPS) * (labs.length - 1);
        const from = Math.min(labs.length - 2, Math.floor(at));
        return rgbOf(labs[from].map((part, i) => part + (at - from) * (labs[from + 1][i] - part)));
    });
    return (share) => table[Math.round(STEPS * Math.min(1, Math.max(0, share)))];
}

function linear(part) {
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function gamma(part) {
    return part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
}

/** OKLab (Ottosson, 2020) of a colour such as "#0072b2". */
function labOf(hex) {
    const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16) / 255));
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return [
        0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
}

function rgbOf([lightness, a, b]) {
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    return [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ].map((part) => Math.round(255 * Math.min(1, Math.max(0, gamma(part)))));
}
