import { get, refused } from "./api.js";
import { element } from "./charts/dom.js";
import { say } from "./parts.js";

/* openapi.json as a page: what can be asked for, with a command line each. */

const byId = (id) => document.getElementById(id);

function typeOf(schema) {
    if (schema === undefined) {
        return "anything";
    }
    if (schema.$ref) {
        const name = schema.$ref.split("/").pop();
        return element("a", { href: `#schema-${name}` }, name);
    }
    if (schema.oneOf) {
        return schema.oneOf.flatMap((one, i) => (i === 0 ? [typeOf(one)] : [" or ", typeOf(one)])).flat();
    }
    if (schema.type === "array") {
        return ["list of ", typeOf(schema.items)].flat();
    }
    const words = [schema.type].flat().join(" or ");
    return schema.enum ? `${words}: ${schema.enum.join(", ")}` : words;
}

function rows(pairs) {
    return element("dl", {}, pairs.flatMap(([name, what]) => [
        element("dt", {}, element("code", {}, name)), element("dd", {}, what)]));
}

function section(title, pairs) {
    return pairs.length === 0 ? [] : [element("h4", {}, title), rows(pairs)];
}

/** A command line that makes the request as it stands. */
function command(method, path, operation, model) {
    const token = new URL(location.href).hostname.match(/^(127\.|localhost$|\[::1\]$)/)
        ? "" : " -H 'Authorization: Bearer TOKEN'";
    const layer = model.layers.includes("fc7") ? "fc7" : model.layers[model.layers.length - 1];
    const filled = path.replace("{layer}", layer).replace("{model}", model.name).replace("{version}", "1");
    const address = `${location.origin}${filled}`;
    if (method === "get") {
        return `curl${token} ${address}`;
    }
    if (operation.operationId.startsWith("infer")) {
        const data = `{"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["'$(base64 -w 0 photo.jpg)'"]}]}`;
        return `curl${token} ${address} -H 'Content-Type: application/json' -d '${data}'`;
    }
    return `curl${token} --data-binary @photo.jpg ${address}`;
}

function commandLine(text) {
    const copy = element("button.button", { type: "button" }, "Copy");
    copy.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(text);
            say(copy, "Copied");
        } catch {
            say(copy, "Not allowed");
        }
        setTimeout(() => say(copy, "Copy"), 2000);
    });
    return element("div.command", {}, element("pre", { tabindex: "0" }, text), copy);
}

function operation(method, path, what, model) {
    const parameters = (what.parameters ?? []).map((one) => [one.name, [
        ...[typeOf(one.schema)].flat(), `, in the ${one.in}${one.required ? "" : ", optional"}. `, one.description ?? ""]]);
    const bodies = Object.entries(what.requestBody?.content ?? {})
        .map(([type, body]) => [type, [typeOf(body.schema)].flat()]);
    const answers = Object.entries(what.responses).map(([status, answer]) => [status, [
        `${answer.description}. `,
        ...Object.values(answer.content ?? {}).slice(0, 1).flatMap((body) => [typeOf(body.schema)].flat())]]);
    return element("article.operation", {},
        element("h3", {}, element("span.operation__method", {}, method.toUpperCase()), element("code", {}, path)),
        element("p", {}, what.summary),
        section("Parameters", parameters),
        section("Body", bodies),
        section("Answers", answers),
        commandLine(command(method, path, what, model)));
}

function schema(name, what) {
    const required = new Set(what.required ?? []);
    const properties = Object.entries(what.properties ?? {}).map(([key, one]) => [key, [
        ...[typeOf(one)].flat(), required.has(key) ? "" : ", optional", one.description ? `. ${one.description}` : ""]]);
    return element("article.operation", { id: `schema-${name}` }, element("h3", {}, name), rows(properties));
}

async function show() {
    try {
        const [api, model] = await Promise.all([get("/openapi.json"), get("/api/model")]);
        say(byId("about"), api.info.description);
        const operations = Object.entries(api.paths).flatMap(([path, item]) =>
            Object.entries(item).map(([method, what]) => ({ method, path, what })));
        byId("operations").replaceChildren(...api.tags.map((tag) => element("section", {},
            element("h2", {}, tag.name),
            element("p.muted", {}, tag.description),
            operations.filter((one) => one.what.tags.includes(tag.name))
                .map((one) => operation(one.method, one.path, one.what, model)))));
        byId("schemas").append(
            ...Object.entries(api.components.schemas).map(([name, what]) => schema(name, what)));
        byId("schemas").hidden = false;
    } catch (refusal) {
        byId("about").replaceChildren(refused(refusal));
    }
}

show();
