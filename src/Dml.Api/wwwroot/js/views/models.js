// Embedders and generations: upload, roll out, roll back, and the results of the gate.

import { activate, deleteModel, generations, jobs, models, rollOut, rollOutAnyway } from "../api.js";
import { confirm } from "../confirm.js";
import { make, problem } from "../elements.js";
import { embedderForm } from "../embedder-form.js";
import { isManifest, isNetwork, startUpload } from "../embedder-upload.js";
import { jobCard } from "../job-card.js";
import { isOpen } from "../job-events.js";
import { count, when } from "../numbers.js";
import { viewAddress } from "../route.js";
import { reload } from "../views.js";

export const title = "Models";

export async function show(route, place, signal) {
  const now = make("div", { id: "rollout-now", "aria-live": "polite" });
  const [embedders, history, all] = await Promise.all([models(signal), generations(signal), jobs(signal)]);
  const active = history.find(generation => generation.active);
  // A button starts a job to watch, or gets its result immediately.
  const run = async (button, start) => {
    button.disabled = true;
    try {
      const started = await start();
      if (started?.kind) follow(started);
      else reload();
    } catch (error) {
      button.disabled = false;
      now.replaceChildren(problem(error.message));
      now.scrollIntoView({ block: "nearest" });
    }
  };
  const list = make("ul", { className: "panels" });
  const isUsed = ({ state, vectors }) => state === "active" || state === "building" || (state === "retired" && vectors > 0);
  const used = new Set(history.filter(isUsed).map(({ fingerprint }) => fingerprint));
  const fill = known => list.replaceChildren(...known.map(model => make("li", {}, modelPanel(model, used.has(model.fingerprint), run))));
  fill(embedders);
  const refill = async () => {
    try {
      fill(await models(signal));
    } catch (error) {
      if (!signal.aborted) list.after(problem(error.message));
    }
  };
  const follow = job => now.replaceChildren(jobCard(job, signal, () => reload()));

  place.append(
    make("p", { className: "lead", text: "An embedder turns a picture into a vector. A rollout embeds the catalogue with another embedder, "
      + "runs it through the gate and switches over without interrupting searches." }),
    now,
    make("h2", { text: "Embedders" }),
    list,
    embedderForm(signal, refill),
    make("h2", { text: "Generations" }),
    make("ol", { className: "stack" }, ...history.map(generation => make("li", {}, generationPanel(generation, active, embedders, run)))));
  const running = all.find(job => job.kind === "rollout" && isOpen(job));
  if (running) follow(running);
  return {
    takes: files => takes(files, file => isNetwork(file) || isManifest(file)),
    // A folder of pictures may contain a list of them in JSON.
    takesFolder: entries => takes(entries.map(({ file }) => file), isNetwork),
  };
}

function takes(files, isPart) {
  if (!files.some(isPart)) return false;
  startUpload(files);
  return true;
}

function modelPanel(model, isUsed, run) {
  const rows = pairs => make("dl", { className: "rows" }, ...pairs.filter(([, value]) => value).map(([name, value]) =>
    make("div", {}, make("dt", { text: name }), make("dd", { className: "figures", text: value }))));
  const measured = numbersOf(model.figures);
  const remove = async event => {
    const { target } = event;
    const consequences = "Its files leave the models folder. Generations that were built with it keep their history. "
      + "This cannot be undone.";
    if (await confirm(`Delete ${model.name}?`, consequences, "Delete"))
      run(target, () => deleteModel(model.name));
  };
  return make("article", { className: "panel embedder" },
    make("header", {}, make("h3", { text: model.name }), model.active && make("span", { className: "state active", text: "active" })),
    model.problem && make("p", { className: "message", text: model.problem }),
    rows([
      ["Dimension", model.dimension],
      ["Input", model.inputSize && `${model.inputSize} pixels`],
      ["Fingerprint", model.fingerprint?.slice(0, 16)],
    ]),
    measured.length > 0 && make("p", { className: "quiet measured", text: measuredOn(model) }),
    measured.length > 0 && rows(measured),
    make("div", { className: "buttons" },
      !model.active && !model.problem && make("button", {
        type: "button", className: "primary", text: "Roll out", "aria-label": `Roll out ${model.name}`,
        onclick: event => run(event.target, () => rollOut(model.name)) }),
      !isUsed && !model.active && make("button", {
        type: "button", className: "danger", text: "Delete", "aria-label": `Delete ${model.name}`, onclick: remove })));
}

// Figures of different sets do not compare, so each embedder names its own.
function measuredOn({ figures, training }) {
  const { pictures, classes } = figures;
  const dataset = training?.recipe?.dataset;
  const source = typeof dataset === "string" ? dataset : [dataset?.name, dataset?.folder ?? dataset?.file].filter(Boolean).join(", ");
  const size = pictures > 0 && classes > 0 ? `${count(pictures)} pictures of ${count(classes)} classes` : "";
  return size || source
    ? `Measured on ${[size, source].filter(Boolean).join(" of ")}. Compare only figures of the same pictures.`
    : "Its manifest does not say what it was measured on.";
}

// A manifest may contain any figures: those of retrieval come first, under its own names. How many pictures there were is said elsewhere.
function numbersOf(figures) {
  return Object.entries(figures ?? {})
    .filter(([name, value]) => typeof value === "number" && !["pictures", "classes", "queries", "loneQueries"].includes(name))
    .sort(([one], [other]) => other.includes("@") - one.includes("@"))
    .slice(0, 6)
    .map(([name, value]) => [name, value.toFixed(4)]);
}

function generationPanel(generation, active, embedders, run) {
  const { number, model, state, vectors, createdAt, activatedAt, gate } = generation;
  const isKept = state === "retired" && vectors > 0;
  const canCompare = active && number !== active.number && (isKept || state === "building");
  const canOverride = state === "refused" && generation.fingerprint !== active?.fingerprint
    && embedders.some(({ name, fingerprint }) => name === model && fingerprint === generation.fingerprint);
  const activateAnyway = async event => {
    const { target } = event;
    const consequences = "The gate refused it for these reasons. The catalogue is embedded and measured again; the new generation records "
      + "that you activated it.";
    if (await confirm(`Activate ${model} anyway?`, consequences, "Activate anyway", gateList(gate)))
      run(target, () => rollOutAnyway(model));
  };
  return make("article", { className: "panel generation", "data-number": number },
    make("header", {},
      make("h3", { text: `Generation ${number}` }),
      make("span", { className: "quiet", text: model }),
      make("span", { className: `state ${state}`, text: state })),
    make("p", { className: "facts", text: [
      vectors > 0 ? `${count(vectors)} vectors` : "vectors deleted",
      activatedAt ? `active since ${when(activatedAt)}` : `started ${when(createdAt)}`,
    ].join(" · ") }),
    generation.problem && make("p", { className: "message", text: generation.problem }),
    gate?.override && make("p", { className: "message overridden",
      text: `Activated although the gate refuses it: ${gate.override.by}, ${when(gate.override.at)}.` }),
    gate ? gateList(gate) : make("p", { className: "quiet",
      text: state === "building" ? "Has not reached the gate yet." : "No gate: there was nothing to compare it with." }),
    (isKept || canCompare || canOverride) && make("div", { className: "buttons" },
      isKept && make("button", {
        type: "button", text: `Roll ${number < active?.number ? "back" : "forward"} to generation ${number}`,
        onclick: event => run(event.target, () => activate(number)),
      }),
      canCompare && make("a", {
        className: "button", href: viewAddress("compare", { left: active.number, right: number }),
        text: "Compare with the active one", "aria-label": `Compare with the active one: generation ${number}` }),
      canOverride && make("button", {
        type: "button", className: "danger", text: "Activate anyway", "aria-label": `Activate generation ${number} anyway`,
        onclick: activateAnyway })));
}

function gateList(gate) {
  return make("ul", { className: "gate" }, ...gate.checks.map(check => {
    const verdict = check.undecided ? "undecided" : check.passed ? "passed" : "failed";
    const word = check.undecided ? `undecided, ${check.passed ? "let through" : "refused"}` : verdict;
    return make("li", { className: check.passed ? verdict : "failed" },
      make("span", { className: "mark", "aria-hidden": "true", text: { passed: "✓", failed: "✗", undecided: "?" }[verdict] }),
      make("b", { text: check.name }), make("span", { className: "unseen", text: ` ${word}: ` }),
      make("span", { className: "detail", text: check.detail }));
  }));
}
