// All jobs, newest first; those that run are live, and new ones appear by themselves.

import { jobs } from "../api.js";
import { make } from "../elements.js";
import { jobCard } from "../job-card.js";

export const title = "Jobs";

const lookAgainAfter = 3000;

export async function show(route, place, signal) {
  const list = make("ol", { className: "stack", "aria-label": "Jobs, newest first" });
  const none = make("p", { className: "note", text: "No job has run yet. Imports and rollouts appear here.", hidden: true });
  place.append(make("p", { className: "lead", text: "Long work goes on behind the searches. It can be watched and cancelled here." }), none, list);
  const look = async () => {
    const all = document.hidden && list.children.length ? [] : await jobs(signal);
    // A job's card lives on by itself: only new ones are added, above.
    const known = new Set([...list.querySelectorAll("article")].map(card => card.dataset.id));
    list.prepend(...all.filter(job => !known.has(job.id)).map(job => make("li", {}, jobCard(job, signal))));
    none.hidden = list.children.length > 0;
  };
  await look();
  const timer = setInterval(() => look().catch(() => {}), lookAgainAfter);
  signal.addEventListener("abort", () => clearInterval(timer));
}
