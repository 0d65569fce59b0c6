// The grid of pictures: ranked hits of a search, or the starters of the first view.

import { thumbnailUrl } from "./api.js";
import { byId, make } from "./elements.js";
import { writeRoute } from "./route.js";

const grid = byId("grid");

export function showHits(hits, k) {
  const withFocus = grid.contains(document.activeElement);
  grid.className = "grid hits";
  grid.replaceChildren(...hits.map(hit => card(hit, k, "", [score(hit.score), name(hit), chips(hit.attributes)])));
  makeOneTabStop();
  // Who came here by keyboard stands on a card that is gone now: the best hit takes its place.
  if (withFocus) grid.querySelector("a")?.focus({ preventScroll: true });
}

/** Items that are shown already keep their elements: an import adds to them without a flicker or a lost focus. */
export function showStarters(items, k) {
  const shown = grid.className === "grid starters" ? [...grid.querySelectorAll("a")].map(link => link.dataset.id) : [];
  const kept = shown.every((id, place) => id === items[place]?.id) ? shown.length : 0;
  if (kept === 0) grid.replaceChildren();
  grid.className = "grid starters";
  grid.append(...items.slice(kept).map(item => card(item, k, item.label ?? item.id, [])));
  makeOneTabStop();
}

// A link, so that it can be opened in a new tab, copied, and followed by Enter.
// The alternative text is empty where the label stands beside the picture and would be read twice.
function card({ id, label }, k, alt, details) {
  const picture = make("img", {
    src: thumbnailUrl(id, 160),
    srcset: `${thumbnailUrl(id, 160)} 1x, ${thumbnailUrl(id, 320)} 2x`,
    alt, width: 160, height: 160, loading: "lazy", decoding: "async", draggable: "false",
  });
  const link = make("a", {
    className: "card", href: writeRoute({ kind: "item", id, k }), title: `More like ${label ?? id}`, tabindex: -1, "data-id": id,
  }, make("span", { className: "tile" }, picture), ...details);
  return make("li", {}, link);
}

function name({ id, label }) {
  return make("span", { className: "label", text: label ?? id });
}

function score(value) {
  const bar = make("span", { className: "score-bar", "aria-hidden": "true" });
  // A cosine below zero is no likeness at all: an empty bar.
  bar.style.setProperty("--score", Math.max(0, value).toFixed(3));
  return make("span", { className: "score" }, bar,
    make("span", { className: "unseen", text: "score " }), make("span", { className: "figures", text: value.toFixed(3) }));
}

function chips(attributes) {
  const entries = Object.entries(attributes ?? {});
  return make("span", { className: "chips" }, ...entries.map(([key, value]) =>
    make("span", { className: "chip", title: `${key}: ${value}` },
      make("span", { className: "chip-key", text: `${key} ` }), String(value))));
}

// Fifty links would be fifty presses of Tab to the footer: one stop, and arrows within (see keys.js).
function makeOneTabStop() {
  const stop = grid.querySelector("a[tabindex='0']") ?? grid.querySelector("a");
  if (stop) stop.tabIndex = 0;
}
