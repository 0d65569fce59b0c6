// Imports an archive or a folder, dropped or chosen; sent with progress, then watched as a job.

import { completeLabels } from "../completion.js";
import { labelled, make, problem } from "../elements.js";
import { entriesOf, isArchive, leftOutText } from "../folder.js";
import { cancelImport, importNow, loose, onImport, startImport } from "../importing.js";
import { jobCard, setProgress } from "../job-card.js";
import { size } from "../numbers.js";
import { viewAddress } from "../route.js";

export const title = "Import pictures";

export async function show(route, place, signal) {
  const archive = make("input", { type: "file", id: "import-archive", accept: ".zip,.tar,.tgz,.gz", hidden: true });
  const folder = make("input", { type: "file", id: "import-folder", webkitdirectory: true, hidden: true });
  const single = make("input", { type: "file", id: "import-pictures", accept: "image/*,.tif,.tiff,.avif", multiple: true, hidden: true });
  const label = make("input", { id: "import-label", autocomplete: "off", maxlength: 200 });
  completeLabels(label);
  const beginLoose = files => startImport(loose(files, label.value.trim()));
  const now = make("div", { id: "import-now", "aria-live": "polite" });
  archive.addEventListener("change", () => begin(archive, () => startImport(entriesOf(archive.files))));
  folder.addEventListener("change", () => begin(folder, () => startImport(entriesOf(folder.files))));
  single.addEventListener("change", () => begin(single, () => beginLoose([...single.files])));
  place.append(
    make("div", { className: "frame" },
      make("p", { className: "big", text: "Drop pictures, a folder or an archive here" }),
      make("p", { className: "quiet", text: "JPEG, PNG, WebP, GIF, AVIF and TIFF; archives in zip or tar, also with gzip. The name of a "
        + "picture's folder becomes its label. Importing the same again changes nothing." }),
      make("div", { className: "buttons" },
        make("button", { type: "button", className: "primary", text: "Choose pictures", onclick: () => single.click() }),
        make("button", { type: "button", text: "Choose a folder", onclick: () => folder.click() }),
        make("button", { type: "button", text: "Choose an archive", onclick: () => archive.click() })),
      labelled("Label of single pictures (may be empty)", label)),
    single, archive, folder, now,
    make("div", { className: "tree", "aria-label": "An example", role: "group" },
      make("pre", { text: "pictures.zip\n├─ banana/\n│  ├─ 1.jpg\n│  └─ 2.jpg\n└─ lemon/\n   └─ a.png" }),
      make("p", { className: "quiet",
        text: "becomes banana.1.jpg and banana.2.jpg with the label banana, and lemon.a.png with the label lemon." })));
  draw(now, signal);
  onImport(() => draw(now, signal), signal);
  return {
    takes: files => {
      if (files.length === 1 && isArchive(files[0])) startImport(entriesOf(files));
      else if (files.some(isArchive))
        now.replaceChildren(problem("Drop one archive alone, or pictures without an archive. Nothing was imported."));
      else beginLoose([...files]);
      return true;
    },
  };
}

// Cleared, so that choosing the same one again fires a change event.
function begin(input, start) {
  start();
  input.value = "";
}

function draw(place, signal) {
  const state = importNow();
  if (!state) return;
  if (state.notice) {
    place.prepend(problem(state.notice));
    delete state.notice;
    return;
  }
  if (state.state === "failed") {
    place.replaceChildren(problem(state.name ? `${state.name}: ${state.problem}` : state.problem));
  } else if (state.state === "sending") {
    drawSending(place, state);
  } else if (place.querySelector("article")?.dataset.id !== state.job.id) {
    // The card of the job updates itself.
    const left = leftOutText(state.leftOut);
    place.replaceChildren(
      ...[jobCard(state.job, signal), left && make("p", { className: "message left-out", text: `${left}.` })].filter(Boolean),
      make("p", { className: "after" },
        make("a", { href: viewAddress("catalogue"), text: "See the catalogue" }),
        make("a", { href: viewAddress("jobs"), text: "All jobs" })));
  }
}

function drawSending(place, { name, sent, size: whole }) {
  let card = place.querySelector(".sending");
  if (!card) {
    card = make("article", { className: "panel job sending" },
      make("header", {},
        make("h2", { text: `Sending ${name}` }),
        make("button", { type: "button", className: "small", text: "Cancel", onclick: cancelImport })),
      make("progress", { "aria-label": "Sent" }), make("p", { className: "facts figures" }));
    place.replaceChildren(card);
  }
  setProgress(card.querySelector("progress"), { done: sent, total: whole });
  card.querySelector(".facts").textContent = `${size(sent)} of ${size(whole)}`;
}
