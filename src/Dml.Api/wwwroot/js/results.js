// The grid of pictures: the ranked hits of a search, or the suggestions of the start view.

import { card, chips, makeOneTabStop, name, score } from "./cards.js";
import { byId } from "./elements.js";
import { writeRoute } from "./route.js";

const grid = byId("grid");

/** `wanted` ({ k, filter }) is kept for the next search. `beside(hit)` returns elements shown below a hit's link. */
export function showHits(hits, wanted, beside = () => []) {
  const withFocus = grid.contains(document.activeElement);
  grid.className = "grid hits";
  grid.replaceChildren(...hits.map(hit => card({
    ...similarTo(hit, wanted), details: [score(hit.score), name(hit), chips(hit.attributes)], beside: beside(hit),
  })));
  makeOneTabStop(grid);
  // With keyboard focus on a card that is gone, the best hit gets the focus.
  if (withFocus) grid.querySelector("a")?.focus({ preventScroll: true });
}

/** Items that are shown already keep their elements: an import adds to them without a flicker or a lost focus. */
export function showStarters(items, wanted) {
  const shown = grid.className === "grid starters" ? [...grid.querySelectorAll("a")].map(link => link.dataset.id) : [];
  const kept = shown.every((id, place) => id === items[place]?.id) ? shown.length : 0;
  if (kept === 0) grid.replaceChildren();
  grid.className = "grid starters";
  grid.append(...items.slice(kept).map(item => card({ ...similarTo(item, wanted), alt: item.label ?? item.id })));
  makeOneTabStop(grid);
}

const similarTo = ({ id, label }, { k, filter }) =>
  ({ id, href: writeRoute({ kind: "item", id, k, filter }), title: `More like ${label ?? id}` });
