// Connects the parts: shows the route (a link, Back, a chosen file) and its result or problem.

import { completeFilter, completeLabels } from "./completion.js";
import { listenForPictures } from "./dropzone.js";
import { announce, byId, showText } from "./elements.js";
import { filterOf, showCredits, suggest } from "./examples.js";
import { startImport } from "./importing.js";
import { watchJobs } from "./jobs.js";
import { listenToKey } from "./key.js";
import { listenToKeys, moveWithin } from "./keys.js";
import { milliseconds, pictureCount } from "./numbers.js";
import { hideOffer, offerToKeep, ownQuery } from "./own-picture.js";
import { hideQuery, showQuery } from "./query.js";
import { listenToRegion } from "./region.js";
import { showHits } from "./results.js";
import { isView, pickedPicture, pictureRoute, readRoute, viewAddress, writeRoute } from "./route.js";
import { search } from "./search.js";
import { exampleButtons, hasSeveral, showExamples } from "./several.js";
import * as start from "./start.js";
import { listenToTheme } from "./theme.js";
import { itemQuery, verdictButtons } from "./verdicts.js";
import { closeView, openView, viewTakes, viewTakesFolder } from "./views.js";

// What a drop does in the views that accept one.
const drops = { import: "import", compare: "compare", models: "upload" };

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
  showFilterProblem(null);
  setBusy(true);
  try {
    const answer = await search(next, signal);
    remember({ answer });
    showAnswer(next, answer);
    window.scrollTo(0, 0);
  } catch (error) {
    if (signal.aborted) return;
    if (error.code === "bad-filter" && document.body.dataset.view === "results") {
      showFilterProblem(error.message);
    } else {
      if (document.body.dataset.view !== "results") showStart();
      markWanted();
      // With its name, because the picture shown may still be the previous one.
      showProblem(next.kind === "picture" ? `${pickedPicture(next).file.name}: ${error.message}` : error.message);
    }
  }
  setBusy(false);
}

function showAnswer(next, answer) {
  route = next;
  closeView();
  setView("results");
  showProblem(null);
  showFilterProblem(null);
  showQuery(route, answer);
  const { id } = answer.query;
  showJudged(answer);
  showExamples(route, answer.examples ?? [], changeExamples);
  if (!isWholeQuestion() || id || route.kind !== "picture" || answer.hits.length === 0) hideOffer();
  else offerToKeep(route.number, () => showJudged(answer));
  const found = answer.hits.length ? `${pictureCount(answer.hits.length)}, most similar first` : "Nothing found";
  byId("answer-title").textContent = found;
  const { unused = [] } = route;
  const others = unused.length === 1 ? `${unused[0].name} was` : `${pictureCount(unused.length)} were`;
  showText(byId("answer-note"), unused.length
    ? `This is the answer for ${answer.query.name}. A search takes one picture: ${others} not used. Import takes many.`
    : filling && "The catalogue was still being filled. Search again later for better results.");
  byId("hint").textContent = `Select a picture to find more like it${id ? ", or mark right and wrong matches" : ""}`;
  byId("hint").hidden = byId("size").hidden = byId("filter-form").hidden = false;
  markWanted();
  announce(`${found}, in ${milliseconds(answer.roundTripMs)}`);
  const more = route.likes.length;
  document.title = `Like ${route.region ? "a part of " : ""}${answer.query.name}${more ? ` and ${more} more` : ""} · Dml`;
}

// An own picture counts as an item if an item has the same one; else the visitor decides whether it is kept. What is a right match of a
// part, or of several examples, says nothing about the picture.
const isWholeQuestion = () => !route.region && !hasSeveral(route);

function showJudged({ hits, query: { id } }) {
  const isOwn = route.kind === "picture" && isWholeQuestion();
  const query = id ? itemQuery(id) : isOwn ? ownQuery(route.number, pickedPicture(route).file) : undefined;
  showHits(hits, route, hit => [
    hit.id !== id && exampleButtons(route, hit, changeExamples),
    query && hit.id !== id && verdictButtons(query, hit),
  ]);
}

function showStart() {
  hideOffer();
  running.abort();
  setBusy(false);
  closeView();
  route = { ...route, kind: "start" };
  setView("start");
  showProblem(null);
  hideQuery();
  byId("hint").hidden = byId("size").hidden = byId("filter-form").hidden = true;
  announce("");
  document.title = "Dml: search by picture";
  start.showStart(route, { filling });
}

function setView(name) {
  document.body.dataset.view = name;
  byId("drop-what").textContent = `Drop to ${drops[name] ?? "search"}`;
  for (const link of byId("views").children) {
    if (link.dataset.views.split(" ").includes(name)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function markWanted() {
  byId("size").querySelector(`[value="${route.k}"]`).checked = true;
  byId("filter").value = route.filter;
}

function showFilterProblem(message) {
  showText(byId("filter-problem"), message);
  byId("filter").toggleAttribute("aria-invalid", Boolean(message));
}

function enter(state, isFirst = false) {
  running.abort();
  setBusy(false);
  const next = readRoute(location.hash);
  if (isView(next)) {
    route = next;
    setView(next.kind);
    openView(next, { moveFocus: !isFirst });
    start.refreshStats();
  } else if (next.kind === "start") {
    showStart();
  } else if (state?.answer) {
    // Going back, the history entry has its answer: nothing to wait for, and the scroll position still fits.
    showAnswer(next, state.answer);
  } else {
    ask(next, now => history.replaceState(now, ""));
  }
}

window.addEventListener("popstate", event => enter(event.state));

listenForPictures({
  onFiles: files => {
    if (viewTakes(files)) return;
    const next = { ...pictureRoute(files[0], route), unused: files.slice(1) };
    ask(next, now => history.pushState(now, "", writeRoute(next)));
  },
  takesFolder: viewTakesFolder,
  onMany: entries => {
    startImport(entries);
    location.hash = viewAddress("import");
  },
  onNothing: showProblem,
});

listenToKeys({
  onChoose: () => {
    if (isView(route)) byId("view").querySelector("input, button")?.focus();
    else byId("choose").focus();
  },
  onEscape: () => {
    if (route.kind !== "start") history.pushState(null, "", location.pathname);
    showStart();
    byId("choose").focus();
  },
});
moveWithin(byId("grid"));

byId("size").addEventListener("change", event => again({ k: Number(event.target.value) }));
byId("filter-form").addEventListener("submit", event => {
  event.preventDefault();
  again({ filter: byId("filter").value.trim() });
});
byId("words-form").addEventListener("submit", event => {
  event.preventDefault();
  const words = byId("words").value.trim();
  if (words) location.hash = viewAddress("catalogue", { words });
});
// The clear button of a search field.
byId("filter").addEventListener("search", event => {
  if (event.target.value === "" && route.filter !== "") again({ filter: "" });
});

function again(change) {
  const next = { ...route, ...change };
  ask(next, now => history.replaceState(now, "", writeRoute(next)));
}

function changeExamples(examples) {
  const next = { ...route, ...examples };
  ask(next, now => history.pushState(now, "", writeRoute(next)));
}

// Back leads to the whole picture, whatever was tried with the box.
listenToRegion(region => {
  const next = { ...route, region };
  const isNew = !route.region;
  ask(next, now => history[isNew ? "pushState" : "replaceState"](now, "", writeRoute(next)));
});

const lookForJobs = watchJobs(job => {
  filling = job.kind === "import" && job.state === "running";
  if (filling) start.showItemCount(job.done);
  else start.refreshStats();
  if (route.kind === "start") start.growStart(route, { filling });
});

start.listenToFirstChoice(lookForJobs);
suggest(byId("filter"), filterOf);
completeFilter(byId("filter"));
completeLabels(byId("words"));
showCredits();
listenToTheme();
listenToKey();
if (!isView(route)) start.refreshStats();
enter(null, true);
