// The form that uploads an embedder: its two files or its folder, chosen or dropped; shows progress and outcome.

import { cancelUpload, onUpload, outcomeOf, startUpload, uploadNow } from "./embedder-upload.js";
import { make, problem } from "./elements.js";
import { setProgress } from "./job-card.js";
import { size } from "./numbers.js";

/** `onAdded()` is called when an embedder has been added. */
export function embedderForm(signal, onAdded) {
  const files = make("input", { type: "file", id: "embedder-files", accept: ".onnx,.json", multiple: true, hidden: true, onchange: () => begin(files) });
  const folder = make("input", { type: "file", id: "embedder-folder", webkitdirectory: true, hidden: true, onchange: () => begin(folder) });
  const now = make("div", { id: "embedder-now", className: "outcome" });
  const form = make("form", { className: "panel upload", "aria-labelledby": "upload-title" },
    make("h3", { id: "upload-title", text: "Add an embedder" }),
    make("p", { className: "quiet", text: "Drop its folder, or embedder.onnx and model.json together. It is loaded and tried before it is listed under the name in its manifest." }),
    make("div", { className: "buttons" },
      make("button", { type: "button", text: "Choose its two files", onclick: () => files.click() }),
      make("button", { type: "button", text: "Choose its folder", onclick: () => folder.click() })),
    files, folder, now);
  draw(now);
  onUpload(() => {
    draw(now);
    if (uploadNow().state === "added") onAdded();
  }, signal);
  return form;
}

// Cleared, so that choosing the same files again fires a change event.
function begin(input) {
  startUpload([...input.files]);
  input.value = "";
}

function draw(place) {
  const state = uploadNow();
  if (!state) return;
  if (state.state === "failed") place.replaceChildren(problem(state.problem));
  else if (state.state === "added") place.replaceChildren(make("p", { text: outcomeOf(state) }));
  else drawSending(place, state);
}

function drawSending(place, { name, state, sent, size: whole }) {
  if (!place.querySelector("progress")) {
    place.replaceChildren(
      make("p", { className: "message" }), make("progress", { "aria-label": "Sent" }), make("p", { className: "facts figures" }),
      make("div", { className: "buttons" }, make("button", { type: "button", className: "small", text: "Cancel", onclick: cancelUpload })));
  }
  const isTried = state === "trying";
  place.querySelector(".message").textContent = isTried ? "The service is loading and trying it" : `Sending ${name}`;
  setProgress(place.querySelector("progress"), isTried ? {} : { done: sent, total: whole });
  place.querySelector(".facts").textContent = isTried ? "" : `${size(sent)} of ${size(whole)}`;
}
