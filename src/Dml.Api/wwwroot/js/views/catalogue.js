// The catalogue, page by page, optionally with one label.

import { itemPage, stats } from "../api.js";
import { card, makeOneTabStop, name } from "../cards.js";
import { labelled, make } from "../elements.js";
import { suggest } from "../examples.js";
import { moveWithin } from "../keys.js";
import { pictureCount } from "../numbers.js";
import { viewAddress } from "../route.js";

export const title = "Catalogue";

const limit = 60;

// The previous page of each cursor followed here: the service only pages forward.
const before = new Map();

export async function show({ label = "", cursor = "", page = "1" }, place, signal) {
  const field = make("input", { type: "search", id: "label", value: label, autocomplete: "off", autocapitalize: "off" });
  suggest(field, item => item.label);
  const go = wanted => { location.hash = viewAddress("catalogue", { label: wanted }); };
  field.addEventListener("search", () => { if (field.value === "" && label) go(""); });
  const lead = make("p", { className: "lead" });
  const grid = make("ol", { className: "grid", id: "catalogue-grid" });
  place.append(
    make("form", { className: "bar", role: "search", "aria-label": "By label", onsubmit: event => {
      event.preventDefault();
      go(field.value.trim());
    } },
      labelled("Label", field), make("button", { type: "submit", text: "Show" }), lead),
    grid);
  const [{ items, nextCursor }, all] = await Promise.all([itemPage({ label, cursor, limit }, signal), stats()]);

  lead.textContent = label ? `Labelled ${label}` : pictureCount(all.items);
  grid.append(...items.map(item => card({
    id: item.id, href: viewAddress("about", { id: item.id }), title: item.id, details: [name(item)],
  })));
  makeOneTabStop(grid);
  moveWithin(grid);
  if (items.length === 0) {
    place.append(make("p", { className: "note", text: label
      ? `No picture has the label “${label}”. Labels must match exactly.`
      : "The catalogue is empty. Add pictures under Import." }));
  }
  if (nextCursor) before.set(nextCursor, cursor);
  place.append(pages({ label, cursor, page: Number(page), nextCursor }));
}

function pages({ label, cursor, page, nextCursor }) {
  const link = (text, fields) => make("a", { className: "button", href: viewAddress("catalogue", { label, ...fields }), text });
  return make("nav", { className: "pages", "aria-label": "Pages", hidden: !cursor && !nextCursor },
    cursor && link("First", {}),
    before.has(cursor) && page > 2 && link("Previous", { cursor: before.get(cursor), page: page - 1 }),
    make("span", { className: "figures", text: `Page ${page}` }),
    nextCursor && link("Next", { cursor: nextCursor, page: page + 1 }));
}
