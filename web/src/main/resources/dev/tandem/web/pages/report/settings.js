import { element } from "../charts/dom.js";
import { settingText } from "../charts/format.js";
import { plainTable } from "../charts/table.js";

const DEFAULT = /^default\b/;

/** What was configured: what differs between runs first, then what was not left as it was, then the rest folded. */
export function settingsSection({ runs }) {
    const keys = [...new Set(runs.flatMap((run) => run.settings.map(({ key }) => key)))];
    if (keys.length === 0) {
        return null;
    }
    const found = runs.map((run) => new Map(run.settings.map((written) => [written.key, written])));
    const values = (key) => found.map((settings) => settingText(settings.get(key)?.value));
    const differing = keys.filter((key) => new Set(values(key)).size > 1);
    const same = keys.filter((key) => !differing.includes(key));
    const chosen = same.filter((key) =>
        found.some((settings) => settings.has(key) && !DEFAULT.test(settings.get(key).origin)),
    );
    const rest = same.filter((key) => !chosen.includes(key));
    const part = (title, part, isOpen) =>
        part.length > 0 &&
        element(
            "details.report__settings",
            { open: isOpen },
            element("summary", {}, title),
            tableOf(title, part, runs, found),
        );
    const node = element(
        "div",
        {},
        part(`Differs between the runs (${differing.length})`, differing, true),
        part(`${runs.length > 1 ? "Chosen, the same in all runs" : "Chosen"} (${chosen.length})`, chosen, true),
        part(`Left at the default (${rest.length})`, rest, false),
    );
    return { title: "Settings", node };
}

function tableOf(title, keys, runs, found) {
    const isOne = runs.length === 1;
    const values = (key) => found.map((settings) => valueOf(settings.get(key)));
    const rows = keys.map((key) =>
        [element("code", {}, key), ...values(key), ...(isOne ? [found[0].get(key).origin] : [])],
    );
    const heads = isOne ? ["Value", "From"] : runs.map(({ name }) => ({ name }));
    return plainTable(title, ["Setting", ...heads], rows);
}

function valueOf(written) {
    return element("code", { title: written?.origin }, settingText(written?.value));
}

/** What a person changed while a run was under way, or what it began with. */
export function eventsSection({ runs }) {
    const rows = runs.flatMap((run) =>
        run.events.map((event) => [run.name, String(event.step), event.setting, event.from, event.to]),
    );
    if (rows.length === 0) {
        return null;
    }
    return {
        title: "Events",
        node: plainTable("What was changed", ["Run", "#From step", "What", "Before", "After"], rows),
    };
}
