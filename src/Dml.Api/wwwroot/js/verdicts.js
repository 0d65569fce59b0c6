// What people say of a hit: a right or a wrong match for the item that was asked with. The next retrain learns from it.

import { giveFeedback } from "./api.js";
import { announce, make, problem } from "./elements.js";

const storage = "dml-verdicts";

// The service keeps the last word on a pair and tells nobody: what was said in this tab is remembered by the tab.
const said = new Map(JSON.parse(sessionStorage.getItem(storage) ?? "[]"));

// A pair is the same the other way round.
const pairOf = (one, other) => JSON.stringify([one, other].sort());

/** Two buttons about a hit of the item `query`. What was said can be changed, not taken back. */
export function verdictButtons(query, { id, label }) {
  const pair = pairOf(query, id);
  const name = label ?? id;
  let last = Promise.resolve();
  const say = async right => {
    place.querySelector(".problem")?.remove();
    try {
      await giveFeedback(query, id, right);
      remember(pair, right);
      mark();
      announce(`Saved: ${name} is a ${right ? "right" : "wrong"} match`);
    } catch (error) {
      place.append(problem(error.message));
    }
  };
  const button = (right, text) => make("button", {
    type: "button", tabindex: -1, className: text.toLowerCase(), text, "aria-label": `${text} match: ${name}`,
    // One after the other, so that the last press is the last word.
    onclick: () => { last = last.then(() => say(right)); },
  });
  const [right, wrong] = [button(true, "Right"), button(false, "Wrong")];
  const place = make("div", { className: "verdict" }, right, wrong);
  const mark = () => {
    right.setAttribute("aria-pressed", said.get(pair) === true);
    wrong.setAttribute("aria-pressed", said.get(pair) === false);
  };
  mark();
  return place;
}

function remember(pair, right) {
  said.set(pair, right);
  sessionStorage.setItem(storage, JSON.stringify([...said]));
}
