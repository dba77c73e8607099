import { element } from "./dom.js";
import { plainTable } from "./table.js";

/**
 * The numbers of a picture as a table that unfolds. It is made when it is opened: a page of many pictures stays small.
 *
 * @param read gives {heads: [text], rows: [[text]]}; the first cell of a row is its name
 * @returns node, and changed() for when the numbers are others
 */
export function numbersTable(read) {
    const node = element("details.numbers", {}, element("summary", {}, "Numbers"));
    let table = null;

    function fillIfOpen() {
        if (node.open) {
            const { heads, rows } = read();
            const [name, ...columns] = heads;
            table?.remove();
            table = plainTable("Numbers", [name, ...columns.map((column) => `#${column}`)], rows);
            table.classList.add("scroll--tall");
            node.append(table);
        }
    }

    node.addEventListener("toggle", fillIfOpen);
    return { node, changed: fillIfOpen };
}
