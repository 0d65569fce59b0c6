// The start view: the size of the catalogue, and some of its pictures to start with.

import { demo, items, startDemo, stats } from "./api.js";
import { byId, showText } from "./elements.js";
import { count, pictureCount } from "./numbers.js";
import { showStarters } from "./results.js";

const wanted = 24;
// Items of one kind are often added one after the other: every twentieth shows more variety.
const apart = 20;

let starters = [];

export async function refreshStats() {
  try {
    const { items: known, model, generation } = await stats();
    showItemCount(known);
    byId("stats-model").textContent = generation ? `${model}, generation ${count(generation)}` : "no model yet";
  } catch {
    // The figures are optional: a search reports what is wrong.
  }
}

/** An import tells how many items there are long before anybody asks for the figures again. */
export function showItemCount(known) {
  byId("stats-items").textContent = pictureCount(known);
}

/** Shows the starters there are: the same ones again after Back. */
export function showStart(wanted, { filling }) {
  showStarters(starters, wanted);
  showText(byId("answer-note"), null);
  byId("first").hidden = true;
  showTitle();
  return growStart(wanted, { filling });
}

/** Asks for starters until there are enough. */
export async function growStart(limits, { filling }) {
  if (starters.length >= wanted) return;
  let note;
  let asks = false;
  try {
    starters = spread(await items(wanted * apart), filling);
    asks = starters.length === 0 && !filling && await demoIsOffered();
    note = starters.length === 0 && !asks && (filling
      ? "The first pictures will appear in a moment."
      : "The catalogue is empty. Add pictures under Import.");
  } catch (error) {
    note = error.message;
  }
  // A search may have replaced the grid in the meantime.
  if (document.body.dataset.view !== "start") return;
  showStarters(starters, limits);
  showTitle();
  showText(byId("answer-note"), note);
  byId("first").hidden = !asks;
}

/** The question of an empty catalogue: the demo, or pictures of one's own. */
export function listenToFirstChoice(onStarted) {
  byId("first-demo").addEventListener("click", async event => {
    event.target.disabled = true;
    showText(byId("first-problem"), null);
    try {
      await startDemo();
      onStarted();
      byId("first").hidden = true;
      showText(byId("answer-note"), "The first pictures will appear in a moment.");
    } catch (error) {
      showText(byId("first-problem"), error.message);
    }
    event.target.disabled = false;
  });
}

async function demoIsOffered() {
  const { state, available } = await demo();
  return state === "offered" && available;
}

// While the catalogue is being filled, suggestions keep their places and new ones are appended; a small catalogue shows all.
function spread(all, filling) {
  const step = filling ? apart : Math.max(1, Math.floor(all.length / wanted));
  return all.filter((_, place) => place % step === 0).slice(0, wanted);
}

function showTitle() {
  byId("answer-title").textContent = starters.length ? "Or start with one of these" : "";
}
