// The first view: how large the catalogue is, and some of its pictures to begin with.

import { sampleItems, stats } from "./api.js";
import { byId, showText } from "./elements.js";
import { count, pictureCount } from "./numbers.js";
import { showStarters } from "./results.js";

const wanted = 24;

let starters = [];
let itemCount = 0;

export async function refreshStats() {
  try {
    const { items, model, generation } = await stats();
    showItemCount(items);
    byId("stats-model").textContent = generation ? `${model}, generation ${count(generation)}` : "no model yet";
  } catch {
    // The figures are a courtesy: what is wrong is told when a search fails.
  }
}

/** An import tells how many items there are long before anybody asks for the figures again. */
export function showItemCount(items) {
  itemCount = items;
  byId("stats-items").textContent = pictureCount(items);
}

/** Shows the starters; asks for them only until there are enough, so that Back finds the same ones. */
export async function showStart(k, { filling }) {
  showGrid(k, filling);
  if (starters.length >= wanted) return;
  const known = starters.length;
  try {
    starters = (await sampleItems(wanted)).items;
  } catch (error) {
    showText(byId("answer-note"), error.message);
    return;
  }
  // Meanwhile a search may have taken the grid, or nothing new may have come.
  if (document.body.dataset.view === "start" && starters.length !== known) showGrid(k, filling);
}

function showGrid(k, filling) {
  showStarters(starters, k);
  byId("answer-title").textContent = starters.length ? "Or begin with one of these" : "";
  showText(byId("answer-note"), starters.length ? null
    : filling ? "The first pictures of the catalogue arrive in a moment."
    : itemCount === 0 ? "The catalogue is empty. Add pictures with PUT /items/{id} or POST /imports." : null);
}
