/* Characters that would hide, or turn around what follows them: controls, and marks of writing direction. */
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The same with all texts shown as they are: a hidden character becomes its number, as \u202e. */
export function visibly(value) {
    if (typeof value === "string") {
        return value.startsWith("data:image/") ? value : value.replace(HIDDEN, escaped);
    }
    if (Array.isArray(value)) {
        return value.map(visibly);
    }
    if (value !== null && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([key, part]) => [visibly(key), visibly(part)]));
    }
    return value;
}

function escaped(character) {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A short name for each class, by label: the first of an ImageNet class's words, and its number if two share it. */
export function shortNames(classes) {
    const short = classes.map(({ name, words }) => (words ? words.split(",")[0] : name));
    const times = new Map();
    short.forEach((name) => times.set(name, (times.get(name) ?? 0) + 1));
    return short.map((name, label) =>
        times.get(name) > 1 && classes[label].words ? `${name} ${classes[label].name}` : name,
    );
}
