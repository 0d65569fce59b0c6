// One item: its picture, its label and attributes, and similar items.

import { deleteItem, imageUrl, item, patchItem, searchSimilar, thumbnailUrl } from "../api.js";
import { attributeForm } from "../attribute-form.js";
import { card, makeOneTabStop, score } from "../cards.js";
import { confirm } from "../confirm.js";
import { make, problem } from "../elements.js";
import { moveWithin } from "../keys.js";
import { size, when } from "../numbers.js";
import { show as showPicture } from "../pictures.js";
import { viewAddress, writeRoute } from "../route.js";

export const title = "Item";

const alike = 12;

export async function show({ id, k }, place, signal) {
  const known = await item(id, signal);
  place.querySelector("h1").textContent = known.label ?? known.id;
  document.title = `${known.label ?? known.id} · Dml`;

  const picture = make("img", { alt: `The picture of ${known.label ?? known.id}`, width: known.width, height: known.height });
  // Browsers do not show TIFF.
  showPicture(picture, known.contentType === "image/tiff" ? thumbnailUrl(id, 512) : imageUrl(id));
  // A small picture would only get blurred.
  picture.style.maxWidth = `${known.width * 2.5}px`;
  place.append(make("div", { className: "two" },
    make("div", { className: "tile large" }, picture),
    make("div", { className: "beside" }, facts(known), buttons(known, k), attributeForm(known, patch => patchItem(id, patch)))));
  await showAlike(id, place, signal);
}

function facts(known) {
  const rows = [
    ["Id", known.id],
    ["Picture", `${known.width} × ${known.height}, ${known.contentType.replace("image/", "").toUpperCase()}, ${size(known.bytes)}`],
    ["Added", when(known.createdAt)],
    ["Changed", known.updatedAt === known.createdAt ? null : when(known.updatedAt)],
  ];
  return make("dl", { className: "rows" }, ...rows.filter(([, value]) => value).map(([name, value]) =>
    make("div", {}, make("dt", { text: name }), make("dd", { text: value }))));
}

function buttons(known, k) {
  const remove = async () => {
    if (!await confirm(`Delete ${known.id}?`, "Its picture is deleted too. This cannot be undone.", "Delete")) return;
    try {
      await deleteItem(known.id);
      location.hash = viewAddress("catalogue");
    } catch (error) {
      row.after(problem(error.message));
    }
  };
  const row = make("div", { className: "buttons" },
    make("a", { className: "button primary", href: writeRoute({ kind: "item", id: known.id, k }), text: "More like this" }),
    known.label && make("a", { className: "button", href: viewAddress("catalogue", { label: known.label }), text: "Same label" }),
    make("button", { type: "button", className: "danger", text: "Delete", onclick: remove }));
  return row;
}

async function showAlike(id, place, signal) {
  const { hits } = await searchSimilar(id, { k: alike }, signal);
  if (hits.length === 0) return;
  const grid = make("ol", { className: "grid small" }, ...hits.map(hit => card({
    id: hit.id, href: viewAddress("about", { id: hit.id }),
    title: hit.label ?? hit.id, alt: hit.label ?? hit.id, details: [score(hit.score)],
  })));
  makeOneTabStop(grid);
  moveWithin(grid);
  place.append(make("h2", { text: "Similar items" }), grid);
}
