import { element } from "./charts/dom.js";
import { message, say } from "./parts.js";

/* What the server answers and refuses, and the stream of what happens. */

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15_000;

/** An answer that was not the one asked for. `status` is 0 if there was none. */
class Refusal extends Error {
    constructor(status, text) {
        super(text);
        this.status = status;
    }
}

async function answered(path, options) {
    let response;
    try {
        response = await fetch(path, options);
    } catch {
        throw new Refusal(0, "the server does not answer");
    }
    const body = await response.json().catch(() => null);
    if (!response.ok) {
        throw new Refusal(response.status, body?.error ?? `the server answered ${response.status}`);
    }
    return body;
}

/** The JSON at `path`. */
export function get(path) {
    return answered(path, { headers: { Accept: "application/json" } });
}

/** Sends JSON, or the bytes of a file as they are, and returns the answer. */
export function post(path, body) {
    const isFile = body instanceof Blob;
    return answered(path, {
        method: "POST",
        headers: { "Content-Type": isFile ? "application/octet-stream" : "application/json" },
        body: isFile ? body : JSON.stringify(body),
    });
}

/** `path` with `?key=value`; a list is given value by value. */
export function address(path, query) {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
        [value].flat().forEach((one) => search.append(key, one));
    }
    return `${path}?${search}`;
}

/** A parameter of this page's own address. */
export function asked(key) {
    return new URLSearchParams(location.search).get(key);
}

/** A text as a sentence. */
export function sentence(text) {
    const first = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** What a page says of a refusal, with what to do. */
export function refused(refusal) {
    if (!(refusal instanceof Refusal)) {
        throw refusal;
    }
    switch (refusal.status) {
        case 0:
            return message("bad", "Not connected", "The server does not answer. If it was stopped, start it again:"
                + " this page then goes on by itself.");
        case 404:
            return message("warn", "It is not here", sentence(refusal.message));
        case 401:
            return message("warn", "This needs the token", "Open the address that the server printed when it started."
                + " It holds the token, and this browser then keeps it.");
        default:
            return message("bad", "That did not work", sentence(refusal.message));
    }
}

/** Asks until there is an answer. A refusal is shown in `place`; if the server does not answer it is asked again. */
export async function untilAnswered(place, ask) {
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, 2 * wait)) {
        try {
            const answer = await ask();
            place.replaceChildren();
            return answer;
        } catch (refusal) {
            place.replaceChildren(refused(refusal));
            if (refusal.status !== 0) {
                return null;
            }
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
    }
}

/**
 * Shows what is there, and then follows a stream of server-sent events. After each break all is asked for anew.
 * While the page is hidden the stream is closed, since a browser keeps few connections to a server. Its state stands in
 * the element `connection`.
 *
 * @param path of the stream
 * @param query of the stream
 * @param handlers by event; they take its JSON
 * @param load asks for all and shows it; it gives the number after which events are new
 * @param place where refusals are shown
 */
export function follow(path, query, handlers, load, place) {
    let source = null;
    let timer = 0;
    let wait = FIRST_WAIT;
    let turn = 0;

    async function start() {
        close();
        const own = ++turn;
        let after;
        try {
            after = await load();
            place.replaceChildren();
        } catch (refusal) {
            showRefusal(refused(refusal));
            showConnection("waiting", refusal.status === 0 ? "not connected" : "waiting");
        }
        if (own !== turn || document.hidden) {
            return;
        }
        if (after === undefined) {
            again();
        } else {
            open(after);
        }
    }

    function open(after) {
        let isBroken = false;
        source = new EventSource(address(path, { ...query, after }));
        source.addEventListener("open", () => {
            wait = FIRST_WAIT;
            showConnection("live", "live");
            if (isBroken) {
                start();
            }
        });
        source.addEventListener("error", () => {
            isBroken = true;
            showConnection("waiting", "reconnecting …");
            if (source?.readyState === EventSource.CLOSED) {
                again();
            }
        });
        for (const [name, handle] of Object.entries(handlers)) {
            source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
        }
    }

    function again() {
        clearTimeout(timer);
        timer = setTimeout(start, wait);
        wait = Math.min(LONGEST_WAIT, 2 * wait);
    }

    function close() {
        clearTimeout(timer);
        source?.close();
        source = null;
    }

    /** The same is not said twice. */
    function showRefusal(node) {
        if (place.textContent !== node.textContent) {
            place.replaceChildren(node);
        }
    }

    document.addEventListener("visibilitychange", () => (document.hidden ? close() : start()));
    addEventListener("pagehide", close);
    addEventListener("pageshow", (event) => event.persisted && start());
    start();
}

function showConnection(state, text) {
    const place = document.getElementById("connection");
    if (place.firstElementChild === null) {
        place.append(element("span.badge"));
    }
    place.firstElementChild.dataset.state = state;
    say(place.firstElementChild, text);
}
