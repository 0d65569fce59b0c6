// How the service learns: the next night, the feedback so far, and what every night brought.

import { answer, jobs, learning, retrain, retrains } from "../api.js";
import { make, problem } from "../elements.js";
import { jobCard } from "../job-card.js";
import { isOpen } from "../job-events.js";
import { hasKey } from "../key.js";
import { count, duration, size, when } from "../numbers.js";
import { viewAddress } from "../route.js";
import { reload } from "../views.js";

export const title = "Learning";

const outcomes = {
  activated: "The new embedder passed the gate and went into service.",
  refused: "The gate refused the new embedder, so the one before stayed in service.",
  skipped: "Nothing was trained.",
  failed: "The night failed.",
  cancelled: "It was cancelled.",
};

export async function show(route, place, signal) {
  const now = make("div", { id: "learning-now", "aria-live": "polite" });
  const [state, nights, all] = await Promise.all([learning(signal), retrains(signal), jobs(signal)]);
  const follow = job => {
    button.disabled = true;
    now.replaceChildren(jobCard(job, signal, () => reload()));
  };
  const button = make("button", {
    type: "button", className: "primary", text: "Learn now", disabled: Boolean(state.problem),
    onclick: async () => {
      button.disabled = true;
      try {
        follow(await retrain());
      } catch (error) {
        button.disabled = false;
        now.replaceChildren(problem(error.message));
      }
    },
  });
  place.append(
    make("p", { className: "lead", text: "The service trains on the labelled pictures of the catalogue and on the matches that were marked "
      + "right or wrong. A new embedder goes into service only if the gate finds it no worse." }),
    make("article", { className: "panel next" },
      make("header", {}, make("h2", { text: "Next" })),
      make("p", { text: state.nextAt ? `The next night is ${when(state.nextAt)}.` : "No night is scheduled (Retrain:Cron)." }),
      state.problem && make("p", { className: "message", text: state.problem }),
      make("div", { className: "buttons" }, button)),
    now,
    make("h2", { text: "Feedback" }), feedbackPanel(state),
    make("h2", { text: "Nights" }),
    nights.length
      ? make("ol", { className: "stack", "aria-label": "Nights, newest first" },
        ...nights.map(night => make("li", {}, nightPanel(night, signal))))
      : make("p", { className: "note", text: "There was no night yet." }));
  const running = all.find(job => job.kind === "retrain" && isOpen(job));
  if (running) follow(running);
}

function feedbackPanel({ feedback, keepsPictures }) {
  const figure = (number, text) => make("li", {}, make("b", { className: "figures", text: count(number) }), ` ${text}`);
  const { right, wrong, keptPictures, keptBytes } = feedback;
  return make("article", { className: "panel feedback" },
    make("ul", { className: "figures-row" },
      figure(right, "right"), figure(wrong, "wrong"), figure(feedback.new, "since the last training")),
    make("p", { className: "quiet", text: keptPictures > 0
      ? `${count(keptPictures)} pictures of visitors are kept for it, ${size(keptBytes)}.`
      : keepsPictures ? "A search with an own picture offers to keep it, so that its matches can be marked too."
      : "Only matches of items can be marked: this service keeps no pictures of visitors." }));
}

function nightPanel(night, signal) {
  const word = night.outcome ?? "running";
  const { learnt } = night;
  const report = night.report && reportLink(night, signal);
  return make("article", { className: "panel night", "data-id": night.id },
    make("header", {}, make("h3", { text: when(night.startedAt) }), make("span", { className: `state ${word}`, text: word }),
      make("p", { className: "facts figures", text: night.endedAt ? duration(night.startedAt, night.endedAt) : "" })),
    make("p", { text: outcomes[night.outcome] ?? `It is at the step ${night.step}.` }),
    beforeAndAfter(night),
    learnt?.trainingPictures > 0 && night.figures && make("p", { className: "quiet",
      text: `Learnt from ${count(learnt.trainingPictures)} pictures of ${count(learnt.trainingLabels)} labels, `
        + `${count(learnt.rightPairs)} right and ${count(learnt.wrongPairs)} wrong pairs.` }),
    night.message && night.outcome !== "activated" && make("p", { className: "message", text: night.message }),
    make("div", { className: "buttons" }, report,
      night.outcome === "refused" && make("a", { className: "button", href: viewAddress("models"), text: "See it under Models" })));
}

// R@1 in plain words, and both figures as they are.
function beforeAndAfter({ figures, learnt }) {
  const { before, after } = figures ?? {};
  if (before?.["R@1"] === undefined || after?.["R@1"] === undefined) return null;
  const of100 = figure => Math.round(100 * figure["R@1"]);
  const exact = ["R@1", "MAP@R"].filter(name => after[name] !== undefined)
    .map(name => `${name} ${before[name]?.toFixed(4)} before, ${after[name].toFixed(4)} after`);
  const measuredOn = learnt ? ` · ${count(learnt.heldOutPictures)} pictures of ${count(learnt.heldOutLabels)} labels` : "";
  return make("div", { className: "change" },
    make("p", { text: `On labels that no night learns from, the nearest picture was a right one in ${of100(after)} of 100 searches; `
      + `before, in ${of100(before)}.` }),
    make("p", { className: "quiet figures", text: `${exact.join(" · ")}${measuredOn}` }));
}

// A link sends no key: with one, the report is fetched and saved as a file.
function reportLink(night, signal) {
  const address = night.report.replace(/^\//, "");
  const label = { text: "Report", "aria-label": `Report of the night of ${when(night.startedAt)}` };
  if (!hasKey()) return make("a", { className: "button", href: address, target: "_blank", rel: "noopener", ...label });
  const button = make("button", { type: "button", ...label, onclick: async () => {
    try {
      const url = URL.createObjectURL(await (await answer(address, { signal })).blob());
      make("a", { href: url, download: `retrain-${night.id}.html` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      button.after(problem(error.message));
    }
  } });
  return button;
}
