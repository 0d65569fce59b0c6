// A job as a card: what it does, its progress and its outcome; updated live until it has ended.

import { cancelJob } from "./api.js";
import { make } from "./elements.js";
import { leftOutText } from "./folder.js";
import { isOpen, jobEvents } from "./job-events.js";
import { count, duration, progressOf, when } from "./numbers.js";
import { viewAddress } from "./route.js";

const kinds = { import: "Import", rollout: "Rollout", retrain: "Training", backup: "Backup" };

// What became of the files of an import.
const outcomes = {
  added: "added", replaced: "replaced", present: "already present", refused: "refused",
  superseded: "followed by another of the same name, which counts", hidden: "hidden",
};

/** `onEnd(job)` is called when a job that was open has ended. */
export function jobCard(job, signal, onEnd = () => {}) {
  const card = make("article", { className: "panel job", "data-id": job.id, "aria-label": kinds[job.kind] ?? job.kind });
  const bar = make("progress", { "aria-label": "Progress" });
  const facts = make("p", { className: "facts figures" });
  const message = make("p", { className: "message" });
  const state = make("span");
  const outcome = make("div", { className: "outcome" });
  const cancel = make("button", { type: "button", className: "small", text: "Cancel", onclick: () => {
    cancel.disabled = true;
    cancelJob(job.id).catch(error => { message.textContent = error.message; });
  } });
  card.append(
    make("header", {}, make("h2", { text: kinds[job.kind] ?? job.kind }), state, facts, cancel), message, bar, outcome);

  const draw = now => {
    const open = isOpen(now);
    // A retrain that trained nothing, or whose candidate was refused, has ended as it should, but not well.
    const word = now.state === "succeeded" && now.result?.outcome ? now.result.outcome : now.state;
    state.className = `state ${word}`;
    state.textContent = word;
    message.textContent = now.message ?? "";
    cancel.hidden = bar.hidden = !open;
    setProgress(bar, now);
    facts.textContent = [
      progressOf(now),
      now.startedAt ? `${when(now.startedAt)}, ${duration(now.startedAt, now.endedAt)}` : "",
    ].filter(Boolean).join(" · ");
    outcome.replaceChildren(...resultOf(now));
  };
  draw(job);
  if (isOpen(job)) follow(job, draw, signal, onEnd);
  return card;
}

export function setProgress(bar, { done, total }) {
  if (total > 0) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
}

async function follow(job, draw, signal, onEnd) {
  try {
    for await (const now of jobEvents(job.id, signal)) {
      draw(now);
      if (!isOpen(now)) onEnd(now);
    }
  } catch {
    // The view was closed or the service stopped: the card keeps its last state.
  }
}

function listOf(title, texts) {
  if (!texts?.length) return [];
  return [make("details", {}, make("summary", { text: title }),
    make("ul", { className: "plain" }, ...texts.map(text => make("li", { text }))))];
}

function resultOf({ kind, result }) {
  if (!result) return [];
  const parts = [];
  if (kind === "import") {
    const counted = Object.entries(outcomes).filter(([name]) => result[name] > 0);
    parts.push(make("ul", { className: "figures-row" }, ...counted.map(([name, text]) =>
      make("li", {}, make("b", { className: "figures", text: count(result[name]) }), ` ${text}`))));
    const left = leftOutText(result.leftOut);
    if (left) parts.push(make("p", { className: "quiet left-out", text: `${left}.` }));
    parts.push(...listOf("Refused files", result.problems), ...listOf("Files left out", result.leftOutNames));
  }
  if (result.retrain) parts.push(make("p", {}, make("a", { href: viewAddress("learning"), text: "See what was learnt" })));
  if (result.generation) {
    parts.push(make("p", {}, make("a", { href: viewAddress("models"), text: `Generation ${result.generation}` })));
  }
  return parts;
}
