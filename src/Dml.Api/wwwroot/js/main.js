// What happens when: a route comes in (a link, Back, a picked file), an answer or a problem goes out.

import { listenForPictures } from "./dropzone.js";
import { byId, showText } from "./elements.js";
import { watchJobs } from "./jobs.js";
import { listenToKeys } from "./keys.js";
import { milliseconds, pictureCount } from "./numbers.js";
import { hideQuery, showQuery } from "./query.js";
import { showHits } from "./results.js";
import { pickedPicture, pictureRoute, readRoute, writeRoute } from "./route.js";
import { search } from "./search.js";
import * as start from "./start.js";

let route = readRoute(location.hash);
let running = new AbortController();
let filling = false;

const showProblem = message => showText(byId("problem"), message);
const setBusy = busy => document.body.classList.toggle("busy", busy);

/** `remember(answer)` writes the address: only an answered search is worth an entry in history. */
async function ask(next, remember) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  showProblem(null);
  setBusy(true);
  try {
    const answer = await search(next, signal);
    remember({ answer });
    showAnswer(next, answer);
    window.scrollTo(0, 0);
  } catch (error) {
    if (signal.aborted) return;
    if (document.body.dataset.view === "start") showStart();
    markSize();
    // Named, since the picture beside may still be the one before.
    showProblem(next.kind === "picture" ? `${pickedPicture(next).file.name}: ${error.message}` : error.message);
  }
  setBusy(false);
}

function showAnswer(next, answer) {
  route = next;
  document.body.dataset.view = "results";
  showProblem(null);
  showQuery(route, answer);
  showHits(answer.hits, route.k);
  const found = answer.hits.length ? `${pictureCount(answer.hits.length)}, most alike first` : "Nothing found";
  byId("answer-title").textContent = found;
  showText(byId("answer-note"), filling && "The catalogue was still filling. Search again later, there may be better ones.");
  byId("hint").hidden = byId("size").hidden = false;
  markSize();
  byId("announcement").textContent = `${found}, in ${milliseconds(answer.roundTripMs)}`;
  document.title = `Like ${answer.query.name} · Dml`;
}

function showStart() {
  running.abort();
  setBusy(false);
  route = { kind: "start", k: route.k };
  document.body.dataset.view = "start";
  showProblem(null);
  hideQuery();
  byId("hint").hidden = byId("size").hidden = true;
  byId("announcement").textContent = "";
  document.title = "Dml: search by picture";
  start.showStart(route.k, { filling });
}

function markSize() {
  byId("size").querySelector(`[value="${route.k}"]`).checked = true;
}

function enter(state) {
  running.abort();
  setBusy(false);
  const next = readRoute(location.hash);
  if (next.kind === "start") showStart();
  // On the way back the entry brings its answer along: nothing to wait for, and the scroll position still fits.
  else if (state?.answer) showAnswer(next, state.answer);
  else ask(next, now => history.replaceState(now, ""));
}

window.addEventListener("popstate", event => enter(event.state));

listenForPictures({
  onPicture: file => {
    const next = pictureRoute(file, route.k);
    ask(next, now => history.pushState(now, "", writeRoute(next)));
  },
  onNothing: showProblem,
});

listenToKeys({
  onEscape: () => {
    if (route.kind !== "start") history.pushState(null, "", location.pathname);
    showStart();
    byId("choose").focus();
  },
});

byId("size").addEventListener("change", event => {
  const next = { ...route, k: Number(event.target.value) };
  ask(next, now => history.replaceState(now, "", writeRoute(next)));
});

watchJobs(job => {
  filling = job.kind === "import" && job.state === "running";
  if (filling) start.showItemCount(job.done);
  else start.refreshStats();
  if (route.kind === "start") start.growStart(route.k, { filling });
});

start.refreshStats();
enter(null);
