// The thin bar that shows background work, above all the first import.

import { jobs } from "./api.js";
import { byId } from "./elements.js";
import { isOpen, jobEvents } from "./job-events.js";
import { progressOf } from "./numbers.js";

const lookAgainAfter = 10_000;

const what = {
  import: "Filling the catalogue",
  rollout: "Rolling out a new model",
  retrain: "Training a new model",
  backup: "Writing a backup",
};

/** Calls `onProgress(job)` for each step of a running job and once more when it has ended. Returns a function that looks for one now. */
export function watchJobs(onProgress) {
  let timer;
  let looking = false;
  const look = async () => {
    if (looking) return;
    clearTimeout(timer);
    looking = true;
    const job = document.hidden ? undefined : await openJob();
    if (job) await follow(job, onProgress);
    looking = false;
    timer = setTimeout(look, lookAgainAfter);
  };
  look();
  return look;
}

async function openJob() {
  try {
    const all = await jobs();
    return all.find(job => job.state === "running") ?? all.find(isOpen);
  } catch {
    // The bar is optional: a search reports a service that does not respond.
    return undefined;
  }
}

async function follow(job, onProgress) {
  show(job);
  try {
    for await (const now of jobEvents(job.id)) {
      if (isOpen(now)) show(now);
      else byId("filling").hidden = true;
      onProgress(now);
    }
  } catch {
    // Optional too: the next poll finds out the state of the job.
  }
  byId("filling").hidden = true;
}

function show(job) {
  const { kind, done, total } = job;
  const bar = byId("filling-bar");
  byId("filling-what").textContent = what[kind] ?? kind;
  byId("filling-count").textContent = total > 0 ? progressOf(job) : "";
  if (total > 0) {
    bar.max = total;
    bar.value = done;
  } else {
    // Without a value the browser shows an indeterminate bar.
    bar.removeAttribute("value");
  }
  byId("filling").hidden = false;
}
