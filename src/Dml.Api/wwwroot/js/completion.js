// The labels of the catalogue, offered while one is typed. One field has the focus, so all fields share the lists.

import { labels } from "./api.js";
import { byId, make } from "./elements.js";
import { quoted } from "./examples.js";

const patience = 150;
const most = 20;

let asking = new AbortController();
let waiting;

/** A field for a label. */
export function completeLabels(field) {
  complete(field, "labels", typed => ({ prefix: typed, value: label => label }));
}

/** A field for a filter: what follows the last `label:` is completed. */
export function completeFilter(field) {
  complete(field, "filters", typed => {
    const [, before, prefix] = /^(.*\blabel:)"?([^"():<>~]*)$/.exec(typed) ?? [];
    return before && { prefix, value: label => `${before}${quoted(label)}` };
  });
}

function complete(field, list, read) {
  field.setAttribute("list", list);
  const offer = () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      asking.abort();
      asking = new AbortController();
      const { signal } = asking;
      const wanted = read(field.value);
      try {
        const found = wanted ? await labels({ prefix: wanted.prefix, limit: most }, signal) : [];
        if (signal.aborted) return;
        byId(list).replaceChildren(...found.map(({ label, items }) =>
          make("option", { value: wanted.value(label), label: `${label}, ${items}` })));
      } catch {
        // Completion is optional: a search reports what is wrong.
      }
    }, patience);
  };
  field.addEventListener("input", offer);
  field.addEventListener("focus", offer);
}
