import { vector } from "./charts/dom.js";
import { bytes, count, large } from "./charts/format.js";
import { extents } from "./words.js";

/*
 * A network as a picture: a row for each layer from top to bottom, a lane for each device. Boxes are what a device
 * computes; what crosses from lane to lane is drawn between the rows, with its bytes.
 */

const SERIES = 8;
const PAD = 12;
const HEAD = 30;
const ROW = 28;
const SLIM_ROW = 20;
const GAP = 8;
const CROSSING_GAP = 26;
const LANE_GAP = 14;
const CHARACTER = 7;
const WIDE = 720;
const MEASURE = 84;
const WIDEST_LANE = 440;

/** The number of a device's colour, from 1. */
export function colourOf(index) {
    return (index % SERIES) + 1;
}

/**
 * Draws it.
 *
 * @param network the answer of /api/run/network
 * @param width in pixels; narrow pictures leave out the columns at the right, which the table has
 */
export function networkPicture(network, width) {
    const place = placed(network, width);
    return vector(
        "svg.net",
        {
            width: place.width,
            height: place.height,
            viewBox: `0 0 ${place.width} ${place.height}`,
            role: "img",
            "aria-label": `The network of recipe ${network.recipe}: ${network.layers.length} layers on`
                + ` ${network.devices.length === 1 ? "one device" : `${network.devices.length} devices`}.`
                + " The table below says the same.",
        },
        [
            heads(network, place),
            place.rows.map((row) => [skips(row, place), connections(row, place)]),
            place.rows.map((row) => rowParts(row, place)),
        ].flat(Infinity),
    );
}

/* Where everything is */

function placed(network, width) {
    const isWide = width >= WIDE;
    const devices = network.devices.map((device) => device.name);
    const names = Math.max(...network.layers.map((layer) => (isWide ? nameAndKind(layer) : layer.name).length));
    const left = Math.min(isWide ? 260 : 104, Math.max(64, names * CHARACTER + 24));
    const right = isWide ? 330 : 0;
    const lanes = width - left - right - PAD;
    const lane = Math.min(WIDEST_LANE, (lanes - LANE_GAP * (devices.length - 1)) / devices.length);
    const known = new Map();
    const rows = [];
    let y = HEAD + PAD;
    const add = (layer, shards, isSlim) => {
        const received = shards.map((shard) => shard.receivedBytes);
        y += received.some((amount) => amount > 0) ? CROSSING_GAP : GAP;
        const height = isSlim ? SLIM_ROW : ROW;
        const row = { layer, shards, y, height, isSlim, from: layer.inputs.map((name) => known.get(name)) };
        known.set(layer.name, row);
        rows.push(row);
        y += height;
    };
    network.inputs.forEach(({ name, dims }) => add({ name, output: dims, inputs: [], isInput: true }, [], true));
    network.layers.forEach((layer) => add(layer, layer.shards, layer.parameters === 0));
    return {
        isWide,
        width: isWide ? left + (lane + LANE_GAP) * devices.length + right + PAD : width,
        devices,
        left,
        lane,
        rows,
        height: y + PAD,
        columns: left + (lane + LANE_GAP) * devices.length,
        most: {
            parameters: Math.max(1, ...network.layers.map((layer) => layer.parameters)),
            multiplyAdds: Math.max(1, ...network.layers.map((layer) => layer.multiplyAdds)),
        },
    };
}

function laneX(place, index) {
    return place.left + index * (place.lane + LANE_GAP);
}

function middle(place, index) {
    return laneX(place, index) + place.lane / 2;
}

/** The lanes in which a row has a box. */
function lanesOf(row, place) {
    if (row.layer.isInput) {
        return place.devices.map((_, index) => index);
    }
    return row.shards.filter((shard) => shard.output).map((shard) => shard.device);
}

/** A kind's words: "local response normalization". */
function kindOf(layer) {
    return layer.kind.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

function nameAndKind(layer) {
    return `${layer.name} ${kindOf(layer)}`;
}

/* Parts */

function heads(network, place) {
    const lanes = place.devices.map((name, index) => vector(
        "g",
        {},
        vector(
            `rect.net__key.series-${colourOf(index)}`,
            { x: laneX(place, index), y: 8, width: 10, height: 10, rx: 2 },
        ),
        label(fitting(name, place.lane - 16), laneX(place, index) + 16, 17, "net__head"),
    ));
    const titles = place.isWide
        ? [["output", 120], ["parameters", 220], ["multiply-adds", 322]].map(([title, x]) =>
            label(title, place.columns + x, 17, "net__head", "end"))
        : [];
    return [label("layer", PAD, 17, "net__head"), lanes, titles];
}

function label(text, x, y, name, anchor) {
    return vector(`text.${name}`, { x, y, "text-anchor": anchor }, text);
}

function fitting(text, width) {
    const most = Math.floor(width / CHARACTER);
    return text.length <= most ? text : most < 3 ? "" : `${text.slice(0, most - 1)}…`;
}

function rowParts(row, place) {
    const { layer, y, height } = row;
    const line = y + height / 2 + 4;
    const name = label(fitting(layer.name, place.left - PAD - 8), PAD, line, row.isSlim ? "net__slim" : "net__name");
    if (place.isWide && !layer.isInput) {
        const room = place.left - PAD - 8 - layer.name.length * CHARACTER;
        name.append(vector("tspan.net__slim", {}, fitting(nameAndKind(layer).slice(layer.name.length), room)));
    }
    return [name, boxes(row, place), place.isWide ? figures(row, place, line) : []];
}

function boxes(row, place) {
    if (row.layer.isInput) {
        return [];
    }
    return row.shards.filter((shard) => shard.output).map((shard) => {
        const index = shard.device;
        return vector(
            `g.series-${colourOf(index)}`,
            {},
            vector(row.isSlim ? "rect.net__box.net__box--slim" : "rect.net__box", {
                x: laneX(place, index) + 0.5,
                y: row.y + 0.5,
                width: place.lane - 1,
                height: row.height - 1,
                rx: 3,
            }),
            label(shardText(shard, row.layer, place), middle(place, index), row.y + row.height / 2 + 4, "net__extents",
                "middle"),
        );
    });
}

/** What a device computes: its extents, without the batch, which is the same everywhere unless it is divided. */
function shardText(shard, layer, place) {
    const [images, ...own] = shard.output;
    const whole = extents(own);
    const texts = layer.split === "batch" ? [`${images} of ${whole}`, `${images} images`, String(images)] : [whole];
    return own.length === 0 ? "" : texts.find((text) => text.length * CHARACTER < place.lane - 6) ?? "";
}

function figures(row, place, line) {
    const { layer } = row;
    const x = place.columns;
    const measure = (value, most, end) => (value > 0
        ? [
            vector("rect.net__measure", {
                x: end - MEASURE,
                y: line + 4,
                width: Math.max(1, (MEASURE * value) / most),
                height: 3,
            }),
            label(large(value), end, line, "net__number", "end"),
        ]
        : []);
    return [
        label(layer.output.length > 0 ? fitting(extents(layer.output), 116) : "", x + 120, line, "net__number", "end"),
        measure(layer.parameters, place.most.parameters, x + 220),
        measure(layer.multiplyAdds, place.most.multiplyAdds, x + 322),
    ];
}

/** From the row above, lane by lane, and across lanes where bytes are received. */
function connections(row, place) {
    const above = row.from.find((from) => from && place.rows.indexOf(from) === place.rows.indexOf(row) - 1);
    if (!above) {
        return [];
    }
    const top = above.y + above.height;
    const sources = lanesOf(above, place);
    const straight = lanesOf(row, place).filter((index) => sources.includes(index)).map((index) =>
        vector("path.net__line", { d: `M${middle(place, index)} ${top}V${row.y}` }));
    const receiving = row.shards.filter((shard) => shard.receivedBytes > 0);
    if (receiving.length === 0) {
        return straight;
    }
    return [straight, (place.devices.length === 2 ? crossed : bus)(receiving, sources, row, place, top)];
}

/** Two lanes: a line from the one to the other. */
function crossed(receiving, sources, row, place, top) {
    return receiving.map((shard) => [
        sources.filter((from) => from !== shard.device).map((from) => vector("path.net__crossing", {
            d: `M${middle(place, from)} ${top}L${middle(place, shard.device)} ${row.y}`,
        })),
        received(shard, place, laneX(place, shard.device) + (shard.device === 0 ? 0 : place.lane), row.y - 8,
            shard.device === 0 ? "start" : "end"),
    ]);
}

/** More lanes: a line that all share, and an arrow into each lane that receives. */
function bus(receiving, sources, row, place, top) {
    const level = top + 7;
    const ends = [...sources, ...receiving.map((shard) => shard.device)].map((index) => middle(place, index));
    return [
        vector("path.net__crossing", { d: `M${Math.min(...ends)} ${level}H${Math.max(...ends)}` }),
        receiving.map((shard) => {
            const x = middle(place, shard.device);
            return [
                vector("path.net__arrow", { d: `M${x - 4} ${row.y - 6}L${x} ${row.y}L${x + 4} ${row.y - 6}` }),
                received(shard, place, x + 8, row.y - 5, "start"),
            ];
        }),
    ];
}

function received(shard, place, x, y, anchor) {
    const text = bytes(shard.receivedBytes);
    const most = place.lane * (place.devices.length === 2 ? 0.6 : 0.5);
    const said = [`receives ${text}`, text].find((one) => one.length * CHARACTER < most);
    return said === undefined ? [] : label(said, x, y, "net__bytes", anchor);
}

/** Connections that leave rows out run at the left of the lanes. */
function skips(row, place) {
    const at = place.rows.indexOf(row);
    return row.from
        .filter((from) => from && place.rows.indexOf(from) < at - 1)
        .map((from) => {
            const start = from.y + from.height / 2;
            const end = row.y + row.height / 2;
            const x = place.left - 4 - (at % 3) * 3;
            return vector("path.net__line", { d: `M${place.left} ${start}H${x}V${end}H${place.left}` });
        });
}

/** What the picture says, as a row of a table. */
export function layerRow(layer, devices) {
    const split = layer.split !== "none" ? `by ${layer.split}` : "";
    const where = layer.shards.filter((shard) => shard.output).map((shard) => devices[shard.device].name);
    const isEverywhere = where.length === devices.length && devices.length > 1;
    const received = layer.shards.reduce((sum, shard) => sum + shard.receivedBytes, 0);
    return [
        layer.name,
        kindOf(layer),
        layer.inputs.join(", "),
        extents(layer.output),
        some(layer.parameters, count),
        some(layer.multiplyAdds, count),
        isEverywhere ? "all" : where.join(", "),
        split,
        some(received, bytes),
    ];
}

/** What is not there is left blank, so that what is there stands out. */
function some(value, said) {
    return value > 0 ? said(value) : "";
}
