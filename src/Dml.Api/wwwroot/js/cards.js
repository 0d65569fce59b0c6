// A picture in a grid. It is a link, so that it can be opened in a new tab, copied, and followed with Enter.

import { make } from "./elements.js";
import { thumbnail } from "./pictures.js";

/**
 * `alt` is empty when the label is shown beside the picture and would be read twice. `beside` are elements of the card
 * that are not part of the link, such as buttons about the hit.
 */
export function card({ id, href, title, alt = "", details = [], beside = [] }) {
  const link = make("a", { className: "card", href, title, tabindex: -1, "data-id": id },
    make("span", { className: "tile" }, thumbnail(id, 160, alt)), ...details);
  return make("li", {}, link, ...beside);
}

export const name = ({ id, label }) => make("span", { className: "label", text: label ?? id });

export function score(value) {
  const bar = make("span", { className: "score-bar", "aria-hidden": "true" });
  // A cosine below zero means no similarity: an empty bar.
  bar.style.setProperty("--score", Math.max(0, value).toFixed(3));
  return make("span", { className: "score" }, bar,
    make("span", { className: "unseen", text: "score " }), make("span", { className: "figures", text: value.toFixed(3) }));
}

export function chips(attributes) {
  const entries = Object.entries(attributes ?? {});
  return make("span", { className: "chips" }, ...entries.map(([key, value]) =>
    make("span", { className: "chip", title: `${key}: ${value}` },
      make("span", { className: "chip-key", text: `${key} ` }), String(value))));
}

/** Fifty links would be fifty presses of Tab to what follows: one card is the stop, and arrows move within (see keys.js). */
export function makeOneTabStop(grid) {
  const stop = grid.querySelector("a[tabindex='0']") ?? grid.querySelector("a");
  if (stop) stopAt(grid, stop);
}

/** Makes the card that holds `part` the stop: its link, and the buttons beside it. */
export function stopAt(grid, part) {
  for (const place of grid.children) {
    for (const control of place.querySelectorAll("a, button")) control.tabIndex = place.contains(part) ? 0 : -1;
  }
}
