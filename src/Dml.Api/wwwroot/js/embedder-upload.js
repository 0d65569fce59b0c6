// The embedder upload of this tab: its two files are sent, then the service loads and tries it. It continues while other
// views are open.

import { announce } from "./elements.js";
import { send } from "./sending.js";

const network = /\.onnx$/i;
const manifest = /\.json$/i;
const changes = new EventTarget();
let current;
let sending;

/** What is being uploaded: { name, state, sent, size, isNew, problem }; state is sending, trying, added or failed. */
export const uploadNow = () => current;

/** Hears each change until `signal` is aborted. */
export const onUpload = (listener, signal) => changes.addEventListener("change", listener, { signal });

export const isNetwork = file => network.test(file.name);

export const isManifest = file => manifest.test(file.name);

/** `files`: an embedder's network and manifest; others beside them, as in its folder, are left out. */
export async function startUpload(files) {
  if (current?.state === "sending" || current?.state === "trying") return;
  const onnx = theOne(files, "embedder.onnx", isNetwork);
  const json = theOne(files, "model.json", isManifest);
  if (!onnx || !json) {
    const missing = [!onnx && "one network (.onnx)", !json && "one manifest (model.json)"].filter(Boolean).join(" and ");
    fail(`An embedder consists of two files, embedder.onnx and model.json. Provide both together. Expected ${missing}.`);
    return;
  }
  const form = new FormData();
  form.append("onnx", onnx);
  form.append("manifest", json);
  sending = new AbortController();
  change({ name: onnx.name, state: "sending", sent: 0, size: onnx.size + json.size });
  try {
    const { status, body } = await send("models", form, { onSent, signal: sending.signal });
    change({ name: body.name, state: "added", isNew: status === 201 });
    announce(outcomeOf(current));
  } catch (error) {
    fail(error.message);
  }
}

/** Takes back what is being sent. */
export const cancelUpload = () => sending.abort();

/** How an upload that went well ended, in words. */
export const outcomeOf = ({ name, isNew }) => isNew
  ? `${name} has been added to the list.`
  : `${name} already exists: it is the same embedder.`;

function onSent(sent, size) {
  change({ ...current, state: sent < size ? "sending" : "trying", sent, size });
}

const fail = problem => change({ state: "failed", problem });

function change(next) {
  current = next;
  changes.dispatchEvent(new Event("change"));
}

// By its usual name, or the only one of its kind.
function theOne(files, usual, isOfItsKind) {
  const named = files.filter(({ name }) => name === usual);
  const fitting = named.length ? named : files.filter(isOfItsKind);
  return fitting.length === 1 ? fitting[0] : undefined;
}
