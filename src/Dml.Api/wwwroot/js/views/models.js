// Embedders and generations: upload, roll out, roll back, and the results of the gate.

import { activate, generations, jobs, models, rollOut } from "../api.js";
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
      if (started.kind) follow(started);
      else reload();
    } catch (error) {
      button.disabled = false;
      now.replaceChildren(problem(error.message));
      now.scrollIntoView({ block: "nearest" });
    }
  };
  const list = make("ul", { className: "panels" });
  const fill = known => list.replaceChildren(...known.map(model => make("li", {}, modelPanel(model, run))));
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
    make("p", { className: "lead", text: "An embedder turns a picture into a vector. A rollout embeds the catalogue with another embedder, runs it through the gate and switches over without interrupting searches." }),
    now,
    make("h2", { text: "Embedders" }),
    list,
    embedderForm(signal, refill),
    make("h2", { text: "Generations" }),
    make("ol", { className: "stack" }, ...history.map(generation => make("li", {}, generationPanel(generation, active, run)))));
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

function modelPanel(model, run) {
  const facts = [
    ["Dimension", model.dimension], ["Input", model.inputSize && `${model.inputSize} pixels`],
    ["Fingerprint", model.fingerprint?.slice(0, 16)], ...numbersOf(model.figures),
  ].filter(([, value]) => value);
  return make("article", { className: "panel embedder" },
    make("header", {}, make("h3", { text: model.name }), model.active && make("span", { className: "state active", text: "active" })),
    model.problem && make("p", { className: "message", text: model.problem }),
    make("dl", { className: "rows" }, ...facts.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", { className: "figures", text: value })))),
    !model.active && !model.problem && make("div", { className: "buttons" },
      make("button", { type: "button", className: "primary", text: "Roll out", "aria-label": `Roll out ${model.name}`, onclick: event => run(event.target, () => rollOut(model.name)) })));
}

// A manifest may contain any figures: those of retrieval come first, under its own names.
function numbersOf(figures) {
  return Object.entries(figures ?? {})
    .filter(([, value]) => typeof value === "number")
    .sort(([one], [other]) => other.includes("@") - one.includes("@"))
    .slice(0, 6)
    .map(([name, value]) => [name, Number.isInteger(value) ? count(value) : value.toFixed(4)]);
}

function generationPanel(generation, active, run) {
  const { number, model, state, vectors, createdAt, activatedAt, gate } = generation;
  const isKept = state === "retired" && vectors > 0;
  const canCompare = active && number !== active.number && (isKept || state === "building");
  return make("article", { className: "panel generation", "data-number": number },
    make("header", {}, make("h3", { text: `Generation ${number}` }), make("span", { className: "quiet", text: model }), make("span", { className: `state ${state}`, text: state })),
    make("p", { className: "facts", text: [
      vectors > 0 ? `${count(vectors)} vectors` : "vectors deleted",
      activatedAt ? `active since ${when(activatedAt)}` : `started ${when(createdAt)}`,
    ].join(" · ") }),
    generation.problem && make("p", { className: "message", text: generation.problem }),
    gate ? gateList(gate) : make("p", { className: "quiet", text: state === "building" ? "Has not reached the gate yet." : "No gate: there was nothing to compare it with." }),
    (isKept || canCompare) && make("div", { className: "buttons" },
      isKept && make("button", {
        type: "button", text: `Roll ${number < active?.number ? "back" : "forward"} to generation ${number}`, onclick: event => run(event.target, () => activate(number)),
      }),
      canCompare && make("a", { className: "button", href: viewAddress("compare", { left: active.number, right: number }), text: "Compare with the active one", "aria-label": `Compare with the active one: generation ${number}` })));
}

function gateList(gate) {
  return make("ul", { className: "gate" }, ...gate.checks.map(check => make("li", { className: check.passed ? "passed" : "failed" },
    make("span", { className: "mark", "aria-hidden": "true", text: check.passed ? "✓" : "✗" }),
    make("b", { text: check.name }), make("span", { className: "unseen", text: check.passed ? " passed: " : " failed: " }),
    make("span", { className: "detail", text: check.detail }))));
}
