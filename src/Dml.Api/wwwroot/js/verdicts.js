// Feedback on a hit: a right or a wrong match for the item of the query. The next retrain learns from it.

import { giveFeedback } from "./api.js";
import { announce, make, problem } from "./elements.js";

const storage = "dml-verdicts";

// The service does not return feedback, so the tab remembers what was given in it.
const said = new Map(JSON.parse(sessionStorage.getItem(storage) ?? "[]"));

// The order of a pair does not matter.
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
    // One after the other, so that the last click wins.
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
