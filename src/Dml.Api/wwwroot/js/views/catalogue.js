// The catalogue, page by page: all of it, the items of one label, or those whose labels contain some words.

import { itemPage, stats } from "../api.js";
import { card, makeOneTabStop, name } from "../cards.js";
import { labelled, make } from "../elements.js";
import { completeLabels } from "../completion.js";
import { quoted, suggest } from "../examples.js";
import { moveWithin } from "../keys.js";
import { pictureCount } from "../numbers.js";
import { viewAddress } from "../route.js";

export const title = "Catalogue";

const limit = 60;

// The previous page of each cursor followed here: the service only pages forward.
const before = new Map();

export async function show({ label = "", words = "", cursor = "", page = "1" }, place, signal) {
  const field = make("input", { type: "search", id: "label", value: words || label, autocomplete: "off", autocapitalize: "off" });
  suggest(field, item => item.label);
  completeLabels(field);
  const go = wanted => { location.hash = viewAddress("catalogue", { words: wanted }); };
  field.addEventListener("search", () => { if (field.value === "" && (words || label)) go(""); });
  const lead = make("p", { className: "lead" });
  const grid = make("ol", { className: "grid", id: "catalogue-grid" });
  place.append(
    make("form", { className: "bar", role: "search", "aria-label": "By label", onsubmit: event => {
      event.preventDefault();
      go(field.value.trim());
    } },
      labelled("Label", field), make("button", { type: "submit", text: "Show" }), lead),
    grid);
  const [{ items, nextCursor }, all] = await Promise.all([
    itemPage({ label, filter: words && `label~${quoted(words)}`, cursor, limit }, signal), stats()]);

  lead.textContent = words ? `Labels with “${words}”` : label ? `Labelled ${label}` : pictureCount(all.items);
  grid.append(...items.map(item => card({
    id: item.id, href: viewAddress("about", { id: item.id }), title: item.id, details: [name(item)],
  })));
  makeOneTabStop(grid);
  moveWithin(grid);
  if (items.length === 0) {
    place.append(make("p", { className: "note", text: words ? `No label has “${words}” in it.`
      : label ? `No picture has the label “${label}”.`
      : "The catalogue is empty. Add pictures under Import." }));
  }
  if (nextCursor) before.set(nextCursor, cursor);
  place.append(pages({ label, words, cursor, page: Number(page), nextCursor }));
}

function pages({ label, words, cursor, page, nextCursor }) {
  const link = (text, fields) => make("a", { className: "button", href: viewAddress("catalogue", { label, words, ...fields }), text });
  return make("nav", { className: "pages", "aria-label": "Pages", hidden: !cursor && !nextCursor },
    cursor && link("First", {}),
    before.has(cursor) && page > 2 && link("Previous", { cursor: before.get(cursor), page: page - 1 }),
    make("span", { className: "figures", text: `Page ${page}` }),
    nextCursor && link("Next", { cursor: nextCursor, page: page + 1 }));
}
