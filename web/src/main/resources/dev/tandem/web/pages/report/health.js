import { element } from "../charts/dom.js";
import { HEALTH_CAPTION, NOTHING_FOUND, healthLayers, healthTable } from "../charts/health.js";

/** Each layer over the epochs: units that are dead or saturated, and how fast its weights change. */
export function healthSection({ runs, layers }) {
    const layersOf = (run) =>
        healthLayers(
            run.health,
            layers.map(({ name }) => name),
        );
    const kept = runs.filter((run) => layersOf(run).length > 0 || run.findings.length > 0);
    if (kept.length === 0) {
        return null;
    }
    const tables = kept.map((run) => healthOf(run, layersOf(run), runs.length > 1));
    const node = element("div.report__stack", {}, element("p.table-caption", {}, HEALTH_CAPTION), tables);
    return { title: "Health of the layers", node };
}

function healthOf(run, layers, isNamed) {
    const findings = run.findings.map((text) => element("li", {}, `${text[0].toUpperCase()}${text.slice(1)}.`));
    return element(
        "div",
        {},
        isNamed && element("h3", {}, run.name),
        findings.length > 0
            ? element("ul.report__list.report__findings", {}, findings)
            : element("p", {}, NOTHING_FOUND),
        layers.length > 0 && healthTable(`Layers of ${run.name}`, run.health, layers),
    );
}
