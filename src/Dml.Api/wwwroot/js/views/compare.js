// One query, two generations, side by side: what would change if the other one were active.

import { generations, item, searchByPicture, searchSimilar, thumbnailUrl } from "../api.js";
import { card, makeOneTabStop, name, score } from "../cards.js";
import { announce, labelled, make, problem } from "../elements.js";
import { suggest } from "../examples.js";
import { moveWithin } from "../keys.js";
import { milliseconds } from "../numbers.js";
import { show as showPicture } from "../pictures.js";
import { keepPicture, keptPicture, viewAddress } from "../route.js";

export const title = "Compare two generations";

const k = 12;

export async function show(route, place, signal) {
  const history = await generations(signal);
  const searchable = history.filter(({ state, vectors }) =>
    state === "active" || state === "building" || (state === "retired" && vectors > 0));
  const wanted = { left: Number(route.left), right: Number(route.right), item: route.item, picture: route.picture };
  const has = number => searchable.some(generation => generation.number === number);
  if (!has(wanted.left)) wanted.left = searchable.find(({ state }) => state === "active")?.number;
  if (!has(wanted.right)) wanted.right = searchable.find(({ number }) => number !== wanted.left)?.number;
  if (!wanted.left || !wanted.right) {
    place.append(
      make("p", { className: "lead", text: "There is only one generation so far. Once another embedder is being rolled out, the two can be "
        + "compared, before and after it becomes active." }),
      make("p", {}, make("a", { className: "button primary", href: viewAddress("models"), text: "Go to models" })));
    return { takes: () => false };
  }

  const go = change => { location.hash = viewAddress("compare", { ...wanted, ...change }); };
  const ask = file => go({ item: undefined, picture: keepPicture(file) });
  place.append(controls(searchable, wanted, go, ask));
  const kept = keptPicture(wanted.picture);
  if (kept || wanted.item) await showAnswers(wanted, kept, searchable, place, signal);
  else place.append(make("p", { className: "note",
    text: "Choose or drop a picture, or enter an item: both generations search for the most similar pictures." }));
  return {
    takes: ([file]) => {
      ask(file);
      return true;
    },
  };
}

function controls(searchable, wanted, go, ask) {
  const choice = (side, text) => labelled(text, make("select", { id: side, onchange: event => go({ [side]: event.target.value }) },
    ...searchable.map(({ number, model, state }) =>
      make("option", {
        value: number, text: `${number}, ${model} (${state === "retired" ? "kept" : state})`, selected: number === wanted[side] }))));
  const file = make("input", { type: "file", id: "compare-file", accept: "image/*,.tif,.tiff,.avif", hidden: true,
    onchange: event => ask(event.target.files[0]) });
  const id = make("input", { id: "compare-item", value: wanted.item ?? "", autocomplete: "off", autocapitalize: "off" });
  suggest(id, item => item.id);
  return make("form", { className: "bar", "aria-label": "What to compare", onsubmit: event => {
    event.preventDefault();
    go({ item: id.value.trim(), picture: undefined });
  } },
    choice("left", "Generation"), choice("right", "with generation"), labelled("Item", id),
    make("button", { type: "submit", text: "Search both" }), file,
    make("button", { type: "button", className: "primary", text: "Choose a picture", onclick: () => file.click() }));
}

async function showAnswers(wanted, kept, searchable, place, signal) {
  const search = generation => kept
    ? searchByPicture(kept.file, { k, generation }, signal)
    : searchSimilar(wanted.item, { k, generation }, signal);
  const known = kept ? null : await item(wanted.item, signal);
  const question = make("figure", { className: "question" });
  const picture = make("img", { alt: "The picture of the query", width: 96, height: 96 });
  showPicture(picture, kept ? kept.url : thumbnailUrl(wanted.item, 192));
  const summary = make("p", { className: "big" });
  question.append(picture, make("figcaption", {}, make("b", { text: kept?.file.name ?? known.label ?? known.id }), summary));
  const columns = make("div", { className: "columns" });
  place.append(question, columns);

  const [left, right] = await Promise.allSettled([search(wanted.left), search(wanted.right)]);
  if (signal.aborted) return;
  const ranks = answer => new Map((answer.value?.hits ?? []).map((hit, place) => [hit.id, place + 1]));
  columns.append(column(wanted.left, left, ranks(right), searchable), column(wanted.right, right, ranks(left), searchable));
  if (left.value && right.value) {
    const common = right.value.hits.filter(hit => ranks(left).has(hit.id)).length;
    summary.textContent = `${common} of ${Math.max(left.value.hits.length, right.value.hits.length)} pictures in common`;
    announce(summary.textContent);
  }
}

function column(number, answer, others, searchable) {
  const { model, state } = searchable.find(generation => generation.number === number);
  const heading = make("header", {}, make("h2", { text: `Generation ${number}` }), make("span", { className: "quiet", text: model }),
    make("span", { className: `state ${state}`, text: state === "retired" ? "kept" : state }));
  if (answer.status === "rejected") return make("section", { className: "column" }, heading, problem(answer.reason.message));
  const { hits, took } = answer.value;
  heading.append(make("span", { className: "quiet figures", text: milliseconds(took.embedMs + took.searchMs + took.decodeMs) }));
  const grid = make("ol", { className: "grid" }, ...hits.map((hit, place) => card({
    id: hit.id, href: viewAddress("about", { id: hit.id }), title: hit.id,
    details: [score(hit.score), name(hit), moved(place + 1, others.get(hit.id))],
  })));
  makeOneTabStop(grid);
  moveWithin(grid);
  return make("section", { className: "column" }, heading, grid);
}

function moved(rank, other) {
  const text = other === undefined ? "only here" : other === rank ? "" : `${Math.abs(other - rank)} ${rank < other ? "higher" : "lower"}`;
  return make("span", { className: `moved ${other === undefined ? "alone" : ""}`, text });
}
