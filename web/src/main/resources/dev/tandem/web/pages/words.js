import { count, number } from "./charts/format.js";

/* What runs are said to be, and when. */

const SPACE = "\u202f";
const NONE = "\u2013";
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "1 run", "1 000 runs". */
export function counted(amount, one, several = `${one}s`) {
    return `${count(amount)} ${amount === 1 ? one : several}`;
}

/** How long ago: "now", "40 s ago", "3 min ago"; in one unit, so that it seldom changes. */
export function ago(seconds) {
    if (!Number.isFinite(seconds)) {
        return NONE;
    }
    if (seconds < 2) {
        return "now";
    }
    const [amount, unit] =
        seconds < MINUTE ? [seconds, "s"]
        : seconds < HOUR ? [seconds / MINUTE, "min"]
        : seconds < DAY ? [seconds / HOUR, "h"]
        : [seconds / DAY, "d"];
    return `${count(Math.floor(amount))}${SPACE}${unit} ago`;
}

/** A moment of ISO 8601 in the reader's own time: "2026-11-26 19:27". */
export function moment(iso) {
    const date = new Date(iso ?? NaN);
    if (Number.isNaN(date.getTime())) {
        return NONE;
    }
    const two = (value) => String(value).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
        + ` ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Extents of a tensor: "96 × 55 × 55". */
export function extents(sizes) {
    return sizes?.length ? sizes.join(" × ") : NONE;
}

/** The epoch a run is at, of how many: "7 / 20". */
export function epochs(run) {
    return `${count(run.epoch ?? 0)}${SPACE}/${SPACE}${count(run.epochs)}`;
}

/** How much of a run is done, 0 to 1. */
export function progress(run) {
    return run.epochs > 0 ? Math.min(1, ((run.epoch ?? 0) + (run.step ?? 0)) / run.epochs) : 0;
}

/** The loss of a run's last epoch. A loss that has become none is null in JSON. */
export function trainingLoss(run) {
    return run.epoch > 0 ? number(run.trainingLoss ?? NaN) : number(null);
}

/** A path as a shell takes it. */
export function quoted(path) {
    return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The last part of a path. */
export function lastPart(path) {
    return (path ?? "").split(/[\\/]/).findLast((part) => part !== "") ?? NONE;
}
