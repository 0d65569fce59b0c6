// Several examples: hits that are liked or not become a part of the question, and stand above the answer until they are removed.

import { announce, byId, make } from "./elements.js";
import { thumbnail } from "./pictures.js";

const list = byId("examples");

// As many as the service takes, one of which is the picture of the query itself.
const most = { likes: 15, dislikes: 16 };

/** Whether a route has more examples than its picture or item. */
export const hasSeveral = ({ likes = [], dislikes = [] }) => likes.length + dislikes.length > 0;

/** The examples of an address, as the members `likes` and `dislikes` of a route. */
export function readExamples(fields) {
  const likes = [...new Set(fields.getAll("like"))].slice(0, most.likes);
  const dislikes = [...new Set(fields.getAll("dislike"))].filter(id => !likes.includes(id)).slice(0, most.dislikes);
  return { likes, dislikes };
}

/** Two buttons on a hit: more like it, and less. `onChange({ likes, dislikes })` gets all examples there are then. */
export function exampleButtons(route, { id, label }, onChange) {
  const name = label ?? id;
  const button = (kind, sign, text) => make("button", {
    type: "button", tabindex: -1, className: kind, text: sign, title: text, "aria-label": `${text}: ${name}`,
    disabled: route[kind].length >= most[kind],
    onclick: () => {
      announce(`${text}: ${name}`);
      onChange({ likes: route.likes, dislikes: route.dislikes, [kind]: [...route[kind], id] });
    },
  });
  return make("div", { className: "also" }, button("likes", "+", "Also like this"), button("dislikes", "−", "Not like this"));
}

/** Shows the examples of an answer, `{ id, label, liked }` each, with a button to remove each of them. */
export function showExamples(route, examples, onChange) {
  const hadFocus = list.contains(document.activeElement);
  list.hidden = examples.length === 0;
  list.replaceChildren(...examples.map(({ id, label, liked }) => {
    const [kind, text] = liked ? ["likes", "Also like"] : ["dislikes", "Not like"];
    const name = label ?? id;
    return make("li", { className: kind }, thumbnail(id, 32, ""), make("span", { text: `${text} ${name}` }),
      make("button", {
        type: "button", text: "×", "aria-label": `Remove: ${text.toLowerCase()} ${name}`,
        onclick: () => onChange({ likes: route.likes, dislikes: route.dislikes, [kind]: route[kind].filter(other => other !== id) }),
      }));
  }));
  // The button that was pressed is gone.
  if (hadFocus) (list.querySelector("button") ?? byId("choose")).focus({ preventScroll: true });
}
