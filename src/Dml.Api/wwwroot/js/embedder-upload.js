// The embedder that this tab uploads: its two files are sent, then the service loads and tries it. It goes on while other
// views are looked at.

import { announce } from "./elements.js";
import { send } from "./sending.js";

const changes = new EventTarget();
let current;
let sending;

/** What is being uploaded: { name, state, sent, size, isNew, problem }; state is sending, trying, added or failed. */
export const uploadNow = () => current;

/** Hears each change until `signal` is aborted. */
export const onUpload = (listener, signal) => changes.addEventListener("change", listener, { signal });

/** Whether some of these files are for an upload. */
export const areOfEmbedder = files => files.some(({ name }) => /\.(onnx|json)$/i.test(name));

/** `files`: an embedder's network and manifest; others beside them, as in its folder, are left out. */
export async function startUpload(files) {
  if (current?.state === "sending" || current?.state === "trying") return;
  const network = theOne(files, "embedder.onnx", /\.onnx$/i);
  const manifest = theOne(files, "model.json", /\.json$/i);
  if (!network || !manifest) {
    const missing = [!network && "one network (.onnx)", !manifest && "one manifest (model.json)"].filter(Boolean).join(" and ");
    fail(`An embedder is two files, embedder.onnx and model.json: hand over both of one embedder together. Expected ${missing}.`);
    return;
  }
  const form = new FormData();
  form.append("onnx", network);
  form.append("manifest", manifest);
  sending = new AbortController();
  change({ name: network.name, state: "sending", sent: 0, size: network.size + manifest.size });
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
  ? `${name} was added to the list.`
  : `${name} was there before: it is the same embedder.`;

function onSent(sent, size) {
  change({ ...current, state: sent < size ? "sending" : "trying", sent, size });
}

const fail = problem => change({ state: "failed", problem });

function change(next) {
  current = next;
  changes.dispatchEvent(new Event("change"));
}

// By its usual name, or as the only one of its kind.
function theOne(files, usual, kind) {
  const named = files.filter(({ name }) => name === usual);
  const fitting = named.length ? named : files.filter(({ name }) => kind.test(name));
  return fitting.length === 1 ? fitting[0] : undefined;
}
