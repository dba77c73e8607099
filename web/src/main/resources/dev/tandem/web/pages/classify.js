import { address, asked, get, post, refused, sentence, untilAnswered } from "./api.js";
import { element } from "./charts/dom.js";
import { count, duration, percent } from "./charts/format.js";
import { bar, facts, message, say } from "./parts.js";
import { showRunHead } from "./run-head.js";
import { counted, extents } from "./words.js";

/*
 * Photographs are dropped, chosen or pasted, and their likeliest classes are named. The page of a run in `view`, and
 * the first page of `serve`.
 */

const MOST_BYTES = 16 * 1024 * 1024;
const AT_ONCE = 2;
const MOST_TRIES = 5;

const byId = (id) => document.getElementById(id);
const id = asked("run");
const isService = location.pathname === "/";
const [drop, files, list, top, news] = ["drop", "files", "photos", "top", "news"].map(byId);
const photos = [];
const waiting = [];
let working = 0;

/* What net it is */

async function showNet() {
    byId("site-nav").hidden = false;
    if (isService) {
        const links = [["/", "Photographs"], ["/docs", "For programs"]];
        byId("site-nav").firstElementChild.replaceChildren(...links.map(([to, text]) =>
            element("li", {}, element("a", { href: to, "aria-current": to === "/" ? "page" : null }, text))));
        const model = await untilAnswered(byId("notice"), () => get("/api/model"));
        if (model !== null) {
            document.title = `${model.name} · Tandem`;
            say(byId("name"), model.name);
            byId("facts").replaceChildren(facts([
                ["Recipe", model.recipe],
                ["Classes", count(model.classes.length)],
                ["Input", extents(model.input)],
            ]));
        }
        return;
    }
    if (id === null) {
        byId("notice").replaceChildren(message("", "Which run?",
            element("p", {}, element("a", { href: "/" }, "Choose one from the list."))));
        drop.hidden = true;
        return;
    }
    const run = await untilAnswered(byId("notice"), () => get(address("/api/run", { run: id })));
    if (run !== null) {
        showRunHead(run.summary, "/classify");
        byId("facts").replaceChildren(facts([
            ["Recipe", run.summary.recipe ?? "–"],
            ["Classes", count(run.summary.classes)],
            ["Best error", percent(run.summary.bestError)],
        ]));
    }
}

/* Photographs */

/** One photograph: its thumbnail, its name, and what is said of it. */
class Photo {
    constructor(file) {
        this.file = file;
        this.predictions = null;
        this.address = URL.createObjectURL(file);
        this.said = element("div.photo__said", { "aria-live": "polite" }, element("p.muted", {}, "Waiting …"));
        const name = file.name || "pasted photograph";
        const image = element("img", { src: this.address, alt: "" });
        image.addEventListener("error", () => image.replaceWith(
            element("span.photo__none.muted.small", {}, "no preview")));
        this.node = element("li.card.photo", {},
            element("div.photo__image", {}, image),
            element("div.photo__text", {}, element("h2.photo__name", { title: name }, name), this.said));
    }

    async name() {
        if (this.file.size > MOST_BYTES) {
            this.fail(message("bad", "It is larger than 16 MB"));
            return;
        }
        say(this.said.firstElementChild, "Looking …");
        const started = performance.now();
        try {
            const answer = await patiently(() => post(target(), this.file));
            const [image] = answer.images;
            if (image.error) {
                this.fail(cannot(image.error));
            } else {
                this.seconds = (performance.now() - started) / 1000;
                this.predictions = image.predictions;
                this.show();
            }
        } catch (refusal) {
            this.fail(refusal.status === 400 ? cannot(refusal.message) : refused(refusal));
        }
    }

    fail(node) {
        this.failed = true;
        this.said.replaceChildren(node);
    }

    show() {
        if (this.predictions === null) {
            return;
        }
        const rows = this.predictions.slice(0, Number(top.value)).map((prediction) => element(
            "li.guess",
            {},
            element("span.guess__name", {}, named(prediction)),
            element("span.guess__share", {}, percent(prediction.probability)),
            bar(prediction.probability),
        ));
        this.said.replaceChildren(
            element("ol.guesses", { "aria-label": "Likeliest classes" }, rows),
            element("p.muted.small.photo__time", {}, `in ${duration(this.seconds)}`),
        );
    }
}

function cannot(why) {
    return message("bad", "It cannot be named", sentence(why));
}

/** The words of a class, and its name in the data where that is another. */
function named({ class: name, words }) {
    return words && words !== name ? [words, element("small.muted", {}, ` ${name}`)] : name;
}

function target() {
    const most = Math.max(...[...top.options].map((option) => Number(option.value)));
    return isService ? address("/classify", { top: most }) : address("/api/run/classify", { run: id, top: most });
}

/** A busy server asks to be asked again. */
async function patiently(ask) {
    for (let tried = 1; ; tried++) {
        try {
            return await ask();
        } catch (refusal) {
            if (refusal.status !== 429 || tried === MOST_TRIES) {
                throw refusal;
            }
            await new Promise((resolve) => setTimeout(resolve, 1000));
        }
    }
}

function add(added) {
    const fresh = [...added].map((file) => new Photo(file));
    photos.unshift(...fresh);
    list.prepend(...fresh.map((photo) => photo.node));
    waiting.push(...fresh);
    while (working < AT_ONCE && waiting.length > 0) {
        work();
    }
    showNews();
}

async function work() {
    working++;
    while (waiting.length > 0) {
        await waiting.shift().name();
        showNews();
    }
    working--;
    showNews();
}

function showNews() {
    byId("bar").hidden = photos.length === 0;
    const failed = photos.filter((photo) => photo.failed).length;
    const done = photos.filter((photo) => photo.predictions !== null).length;
    const parts = [`${count(done)} of ${counted(photos.length, "photograph")} named`];
    if (failed > 0) {
        parts.push(`${count(failed)} failed`);
    }
    say(news, parts.join(", "));
}

function clear() {
    waiting.length = 0;
    photos.forEach((photo) => URL.revokeObjectURL(photo.address));
    photos.length = 0;
    list.replaceChildren();
    showNews();
    files.focus();
}

/* Drop, choose, paste: a photograph may be dropped anywhere on the page */

function holdsFiles(event) {
    return !drop.hidden && [...(event.dataTransfer?.types ?? [])].includes("Files");
}

let depth = 0;
addEventListener("dragenter", (event) => {
    if (holdsFiles(event)) {
        depth++;
        drop.classList.add("drop--over");
    }
});
addEventListener("dragleave", (event) => {
    if (holdsFiles(event) && --depth === 0) {
        drop.classList.remove("drop--over");
    }
});
addEventListener("dragover", (event) => {
    if (holdsFiles(event)) {
        event.preventDefault();
    }
});
addEventListener("drop", (event) => {
    if (holdsFiles(event)) {
        event.preventDefault();
        depth = 0;
        drop.classList.remove("drop--over");
        add(event.dataTransfer.files);
    }
});
addEventListener("paste", (event) => {
    if (!drop.hidden && event.clipboardData?.files.length > 0) {
        add(event.clipboardData.files);
    }
});
files.addEventListener("change", () => {
    add(files.files);
    files.value = "";
});
top.addEventListener("change", () => photos.forEach((photo) => photo.show()));
byId("clear").addEventListener("click", clear);
showNet();
