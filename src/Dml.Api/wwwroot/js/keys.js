// Keyboard: arrows, Home and End move within a grid, "/" focuses the choose button, Esc starts over.
// Enter needs no code here: every card is a link.

import { stopAt } from "./cards.js";

export function listenToKeys({ onChoose, onEscape }) {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    // In fields and dialogs, keys have their usual meaning.
    if (event.target.closest?.("input:not([type=radio]), textarea, select, dialog")) return;
    if (event.key === "Escape") onEscape();
    if (event.key === "/") {
      event.preventDefault();
      onChoose();
    }
  });
}

/** Arrows, Home and End within the cards of a grid. */
export function moveWithin(grid) {
  grid.addEventListener("focusin", event => stopAt(grid, event.target));
  grid.addEventListener("keydown", event => {
    const links = [...grid.querySelectorAll("a.card")];
    const here = links.findIndex(link => link.parentElement.contains(document.activeElement));
    if (here < 0) return;
    const target = links[destination(event.key, here, links)];
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
}

function destination(key, here, links) {
  switch (key) {
    case "ArrowLeft": return here - 1;
    case "ArrowRight": return here + 1;
    case "ArrowUp": return here - columns(links);
    case "ArrowDown": return here + columns(links);
    case "Home": return 0;
    case "End": return links.length - 1;
    default: return -1;
  }
}

// Only the style sheet knows how many fit in a row.
function columns(links) {
  const next = links.findIndex(link => link.offsetTop > links[0].offsetTop);
  return next < 0 ? links.length : next;
}
