// The form that uploads an embedder: its two files or its folder, or a network alone, chosen or dropped; shows progress and outcome, and
// asks for what a network's file does not say.

import { cancelUpload, onUpload, outcomeOf, startUpload, uploadNow } from "./embedder-upload.js";
import { labelled, make, problem } from "./elements.js";
import { setProgress } from "./job-card.js";
import { size } from "./numbers.js";

/** `onAdded()` is called when an embedder has been added. */
export function embedderForm(signal, onAdded) {
  const files = make("input", {
    type: "file", id: "embedder-files", accept: ".onnx,.json", multiple: true, hidden: true, onchange: () => begin(files) });
  const folder = make("input", { type: "file", id: "embedder-folder", webkitdirectory: true, hidden: true, onchange: () => begin(folder) });
  const now = make("div", { id: "embedder-now", className: "outcome" });
  const form = make("form", { className: "panel upload", "aria-labelledby": "upload-title" },
    make("h3", { id: "upload-title", text: "Add an embedder" }),
    make("p", { className: "quiet", text: "Drop its folder, or embedder.onnx and model.json together. Or drop any image network in ONNX: "
      + "it becomes an embedder. It is loaded and tried before it is listed." }),
    make("div", { className: "buttons" },
      make("button", { type: "button", text: "Choose its files", onclick: () => files.click() }),
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
  else if (state.state === "asking") place.replaceChildren(question(state));
  else drawSending(place, state);
}

const presets = [
  ["", "as the file beside it says"], ["imagenet", "ImageNet (torchvision, timm)"], ["clip", "CLIP"], ["siglip", "SigLIP"],
  ["dinov2", "DINOv2"], ["cntk", "CNTK, ML.NET"],
];

const poolings = [
  ["auto", "by its shape"], ["cls", "its first token"], ["average", "its average"], ["tokens", "the average of all but the first token"],
  ["none", "all of it"],
];

function question({ problem: message, files, known }) {
  const select = (name, choices) => make("select", { name }, ...choices.map(([value, text]) =>
    make("option", { value, text, selected: value === (known[name] ?? "") })));
  const input = (name, attributes) => make("input", { name, value: known[name], autocomplete: "off", ...attributes });
  const onsubmit = event => {
    event.preventDefault();
    startUpload(files, Object.fromEntries(new FormData(event.target)));
  };
  return make("form", { id: "adoption", className: "adoption", onsubmit },
    problem(message),
    labelled("Name", input("name", { required: true, maxlength: 128 })),
    labelled("Pictures are prepared as for", select("preset", presets)),
    labelled("Side of the input in pixels, if it takes any", input("size", { type: "number", min: 1, max: 4096 })),
    labelled("Output, if it is not the last one", input("output", {})),
    labelled("The embedding is", select("pooling", poolings)),
    make("div", { className: "buttons" }, make("button", { className: "primary", text: "Adopt it" })));
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
