// All jobs, newest first; running ones are updated live and new ones appear automatically.

import { jobs } from "../api.js";
import { make } from "../elements.js";
import { jobCard } from "../job-card.js";

export const title = "Jobs";

const lookAgainAfter = 3000;

export async function show(route, place, signal) {
  const list = make("ol", { className: "stack", "aria-label": "Jobs, newest first" });
  const none = make("p", { className: "note", text: "No job has run yet. Imports and rollouts appear here.", hidden: true });
  place.append(make("p", { className: "lead", text: "Background work can be watched and cancelled here." }), none, list);
  const look = async () => {
    const all = document.hidden && list.children.length ? [] : await jobs(signal);
    // The card of a job updates itself: only new ones are added, at the top.
    const known = new Set([...list.querySelectorAll("article")].map(card => card.dataset.id));
    list.prepend(...all.filter(job => !known.has(job.id)).map(job => make("li", {}, jobCard(job, signal))));
    none.hidden = list.children.length > 0;
  };
  await look();
  const timer = setInterval(() => look().catch(() => {}), lookAgainAfter);
  signal.addEventListener("abort", () => clearInterval(timer));
}
