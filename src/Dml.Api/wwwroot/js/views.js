// The views beside the search: each is a module that shows itself below a heading until its signal aborts.

import { byId, make, problem } from "./elements.js";

const views = {
  catalogue: () => import("./views/catalogue.js"),
  about: () => import("./views/about.js"),
  map: () => import("./views/map.js"),
  import: () => import("./views/import.js"),
  jobs: () => import("./views/jobs.js"),
  models: () => import("./views/models.js"),
  learning: () => import("./views/learning.js"),
  compare: () => import("./views/compare.js"),
};

const place = byId("view");
let ending;
let taking = {};

/**
 * A view's module has `title` and `show(route, place, signal)`; the result of `show` may have `takes(files)`, which says
 * whether the view accepts dropped or pasted files, and `takesFolder(entries)`, the same for a dropped folder.
 */
export async function openView(route, { moveFocus }) {
  closeView();
  ending = new AbortController();
  const { signal } = ending;
  const heading = make("h1", { id: "view-title", tabindex: -1 });
  place.replaceChildren(heading);
  place.hidden = false;
  place.className = `view ${route.kind}`;
  try {
    const { title, show } = await views[route.kind]();
    if (signal.aborted) return;
    heading.textContent = title;
    document.title = `${title} · Dml`;
    if (moveFocus) {
      heading.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    taking = await show(route, place, signal) ?? {};
  } catch (error) {
    if (signal.aborted) return;
    place.append(problem(error.message));
  }
}

export function closeView() {
  ending?.abort();
  ending = undefined;
  taking = {};
  place.replaceChildren();
  place.hidden = true;
}

/** Hands dropped, pasted or chosen files to the open view, a picture first; false when they are not for the view. */
export const viewTakes = files => taking.takes?.(files) ?? false;

/** Passes the contents of a dropped folder, as `{ path, file }`, to the open view; false when the view does not take them. */
export const viewTakesFolder = entries => taking.takesFolder?.(entries) ?? false;

/** Shows the open view again, after something has changed. */
export const reload = () => window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
