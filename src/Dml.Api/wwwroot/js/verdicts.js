// Feedback on a hit: a right or a wrong match for the query. The next retrain learns from it.

import { giveFeedback, takeFeedbackBack } from "./api.js";
import { announce, make, problem } from "./elements.js";

const storage = "dml-verdicts";

// The service lists feedback by pictures, not by items, so the tab remembers what was given in it.
const said = new Map(JSON.parse(sessionStorage.getItem(storage) ?? "[]"));

// The order of a pair does not matter.
const pairOf = (one, other) => JSON.stringify([one, other].sort());

/**
 * The item `id` as the query of verdicts. A query has `said(hit)`, true, false or undefined, `give(hit, right)` and `takeBack(hit)`;
 * `hit` is an item's id.
 */
export const itemQuery = id => ({
  said: hit => said.get(pairOf(id, hit)),
  give: async (hit, right) => {
    await giveFeedback(id, hit, right);
    said.set(pairOf(id, hit), right);
    remember();
  },
  takeBack: async hit => {
    await takeFeedbackBack(id, hit);
    said.delete(pairOf(id, hit));
    remember();
  },
});

/** Two buttons about a hit. What was said can be changed by the other button and taken back by the same one. */
export function verdictButtons(query, { id, label }) {
  const name = label ?? id;
  let last = Promise.resolve();
  const say = async right => {
    place.querySelector(".problem")?.remove();
    try {
      if (query.said(id) === right) {
        await query.takeBack(id);
        announce(`Taken back: nothing is said about ${name}`);
      } else {
        await query.give(id, right);
        announce(`Saved: ${name} is a ${right ? "right" : "wrong"} match`);
      }
      mark();
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
    right.setAttribute("aria-pressed", query.said(id) === true);
    wrong.setAttribute("aria-pressed", query.said(id) === false);
  };
  mark();
  return place;
}

const remember = () => sessionStorage.setItem(storage, JSON.stringify([...said]));
