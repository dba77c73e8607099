import { bars } from "../charts/bars.js";
import { element } from "../charts/dom.js";
import { number } from "../charts/format.js";
import { shortNames } from "./names.js";

/** Images whose class was not recognised though the model was sure. */
export function mistakesSection(report) {
    const words =
        "Images that were taken for another class with the greatest probability. Wrong labels often turn up here.";
    return cards(report, report.mistakes, "Surest mistakes", words);
}

/** Images whose own class got the least probability. */
export function hardestSection(report) {
    const words = "Images whose own class got the least probability, others than those above.";
    return cards(report, report.hardest, "Hardest images", words);
}

function cards({ classes }, rows, title, words) {
    if (rows.length === 0) {
        return null;
    }
    const names = shortNames(classes);
    const node = element(
        "div",
        {},
        element(
            "p.muted",
            {},
            words,
            " ",
            element("span.report__truth", {}, "\u2713 and this colour"),
            " mark the right class.",
        ),
        element(
            "ul.report__cards",
            {},
            rows.map((row) => element("li.card.report__card", {}, cardOf(row, names))),
        ),
    );
    return { title, node };
}

function cardOf({ file, truth, likeliest, truthProbability, image }, names) {
    return [
        element("div.report__photo", {}, photo(image, names[truth])),
        element(
            "div",
            {},
            element("h3.report__class", {}, element("span.muted", {}, "truth "), names[truth]),
            bars(likeliest, names, truth, truthProbability),
        ),
        element("p.report__file", { title: file }, file),
    ];
}

function photo(image, name) {
    return image
        ? element("img", { src: image, alt: `photograph of ${name}`, loading: "lazy", decoding: "async" })
        : element("span.muted.small", {}, "no picture");
}

/** Images beside the training images that the network sees as most like them. */
export function nearestSection({ nearest, classes }) {
    if (nearest.length === 0) {
        return null;
    }
    const names = shortNames(classes);
    const node = element(
        "div",
        {},
        element(
            "p.muted",
            {},
            "At the left an evaluated image, then the training images whose features in the last hidden layer are",
            " nearest to its own, with the Euclidean distance. ",
            element("span.report__same", {}, "\u2713"),
            " marks those of its class.",
        ),
        element(
            "ul.report__nearest",
            {},
            nearest.map((row) => element("li", {}, rowOf(row, names))),
        ),
    );
    return { title: "Nearest training images", node };
}

function rowOf({ file, truth, predicted, image, neighbours }, names) {
    const taken = predicted === truth ? null : ` taken for ${names[predicted]}`;
    return [
        element(
            "figure.report__query",
            { title: file },
            element("div.report__photo", {}, photo(image, names[truth])),
            element(
                "figcaption",
                {},
                element("strong", {}, names[truth]),
                taken && element("span.report__wrong", {}, taken),
            ),
        ),
        element(
            "ol.report__neighbours",
            {},
            neighbours.map((near) => element("li", { title: near.file }, neighbourOf(near, truth, names))),
        ),
    ];
}

function neighbourOf({ label, distance, image }, truth, names) {
    const isSame = label === truth;
    return element(
        "figure",
        {},
        element("div.report__photo", {}, photo(image, names[label])),
        element(
            "figcaption",
            {},
            isSame &&
                element("span.report__same", {}, "\u2713\u202f", element("span.visually-hidden", {}, "same class: ")),
            names[label],
            element("span.muted", {}, ` ${number(distance, 3)}`),
        ),
    );
}
