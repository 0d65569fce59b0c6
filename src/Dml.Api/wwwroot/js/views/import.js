// Imports an archive or a folder, dropped or chosen; sent with progress, then watched as a job.

import { make, problem } from "../elements.js";
import { isArchive, picturesOf } from "../folder.js";
import { cancelImport, importNow, onImport, startImport } from "../importing.js";
import { jobCard, setProgress } from "../job-card.js";
import { size } from "../numbers.js";
import { viewAddress } from "../route.js";

export const title = "Import pictures";

export async function show(route, place, signal) {
  const archive = make("input", { type: "file", id: "import-archive", accept: ".zip,.tar,.tgz,.gz", hidden: true });
  const folder = make("input", { type: "file", id: "import-folder", webkitdirectory: true, hidden: true });
  const now = make("div", { id: "import-now", "aria-live": "polite" });
  archive.addEventListener("change", () => begin(archive, [...archive.files].map(file => ({ path: file.name, file }))));
  folder.addEventListener("change", () => begin(folder, picturesOf(folder.files)));
  place.append(
    make("div", { className: "frame" },
      make("p", { className: "big", text: "Drop a folder or an archive here" }),
      make("p", { className: "quiet", text: "Zip or tar, also with gzip. The name of a picture's folder becomes its label. Importing the same again changes nothing." }),
      make("div", { className: "buttons" },
        make("button", { type: "button", className: "primary", text: "Choose an archive", onclick: () => archive.click() }),
        make("button", { type: "button", text: "Choose a folder", onclick: () => folder.click() }))),
    archive, folder, now,
    make("div", { className: "tree", "aria-label": "An example", role: "group" },
      make("pre", { text: "pictures.zip\n├─ red-apple/\n│  ├─ 1.jpg\n│  └─ 2.jpg\n└─ lemon/\n   └─ a.png" }),
      make("p", { className: "quiet", text: "becomes red-apple.1.jpg and red-apple.2.jpg with the label red-apple, and lemon.a.png with the label lemon." })));
  draw(now, signal);
  onImport(() => draw(now, signal), signal);
  return {
    takes: ([file]) => {
      if (isArchive(file)) startImport([{ path: file.name, file }]);
      return isArchive(file);
    },
  };
}

// Cleared, so that choosing the same one again fires a change event.
function begin(input, entries) {
  startImport(entries);
  input.value = "";
}

function draw(place, signal) {
  const state = importNow();
  if (!state) return;
  if (state.state === "failed") {
    place.replaceChildren(problem(state.name ? `${state.name}: ${state.problem}` : state.problem));
  } else if (state.state === "sending") {
    drawSending(place, state);
  } else if (place.firstElementChild?.dataset.id !== state.job.id) {
    // The card of the job updates itself.
    place.replaceChildren(
      jobCard(state.job, signal),
      make("p", { className: "after" }, make("a", { href: viewAddress("catalogue"), text: "See the catalogue" }), make("a", { href: viewAddress("jobs"), text: "All jobs" })));
  }
}

function drawSending(place, { name, sent, size: whole }) {
  let card = place.querySelector(".sending");
  if (!card) {
    card = make("article", { className: "panel job sending" },
      make("header", {}, make("h2", { text: `Sending ${name}` }), make("button", { type: "button", className: "small", text: "Cancel", onclick: cancelImport })),
      make("progress", { "aria-label": "Sent" }), make("p", { className: "facts figures" }));
    place.replaceChildren(card);
  }
  setProgress(card.querySelector("progress"), { done: sent, total: whole });
  card.querySelector(".facts").textContent = `${size(sent)} of ${size(whole)}`;
}
