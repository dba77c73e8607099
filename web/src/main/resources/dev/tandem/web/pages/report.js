import { element } from "./charts/dom.js";
import { calibrationSection, classesSection, confusionSection } from "./report/classes.js";
import { costSection } from "./report/cost.js";
import { curvesSection } from "./report/curves.js";
import { healthSection } from "./report/health.js";
import { hardestSection, mistakesSection, nearestSection } from "./report/images.js";
import { kernelsSection } from "./report/kernels.js";
import { visibly } from "./report/names.js";
import { overviewSection } from "./report/overview.js";
import { eventsSection, settingsSection } from "./report/settings.js";

/** Each makes {title, node} of a part of the report, or null where there is nothing to show. */
const SECTIONS = {
    overview: overviewSection,
    curves: curvesSection,
    confusion: confusionSection,
    classes: classesSection,
    mistakes: mistakesSection,
    hardest: hardestSection,
    nearest: nearestSection,
    calibration: calibrationSection,
    kernels: kernelsSection,
    health: healthSection,
    cost: costSection,
    settings: settingsSection,
    events: eventsSection,
};

const report = visibly(JSON.parse(document.getElementById("report").textContent));
const main = document.getElementById("content");
const contents = document.querySelector("#contents ol");
const made = report.created.replace(/^([\d-]+)T(\d+:\d+).*$/, "$1 at $2 UTC");
document.getElementById("made").textContent = `Made ${made} by Tandem ${report.version}`;
/** What sections do for each other: the confusion matrix shows a cell that another section names. */
const links = { showCell: null };

for (const [id, make] of Object.entries(SECTIONS)) {
    const part = make(report, links);
    if (part) {
        const heading = element("h2", { id: `${id}-heading` }, part.title);
        main.append(element("section.section", { id, "aria-labelledby": `${id}-heading` }, heading, part.node));
        contents.append(element("li", {}, element("a", { href: `#${id}` }, part.title)));
        part.draw?.();
    }
}

/* Beside the content on a wide screen, where the contents are always open; folded above it on a narrow one. */
const wide = matchMedia("(min-width: 1000px)");
const unfold = () => {
    document.getElementById("contents").open = wide.matches;
};
wide.addEventListener("change", unfold);
unfold();

const places = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
const inSight = new IntersectionObserver(
    (entries) => {
        const entry = entries.find(({ isIntersecting }) => isIntersecting);
        if (entry) {
            places.forEach((link, id) => link.setAttribute("aria-current", id === entry.target.id));
        }
    },
    { rootMargin: "-10% 0px -80% 0px" },
);
main.querySelectorAll("section").forEach((section) => inSight.observe(section));
