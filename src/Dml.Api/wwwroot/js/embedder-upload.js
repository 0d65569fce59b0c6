// The embedder upload of this tab: an embedder's two files, or any network alone, are sent; then the service loads and tries it. What a
// network's file does not say is asked for. The upload continues while other views are open.

import { announce } from "./elements.js";
import { send } from "./sending.js";

const network = /\.onnx$/i;
const manifest = /\.json$/i;
const changes = new EventTarget();
let current;
let sending;

/**
 * What is being uploaded: { name, state, sent, size, isNew, problem, files, known }; state is sending, trying, added, failed or asking,
 * where `known` is what was stated about the network in `files` so far.
 */
export const uploadNow = () => current;

/** Hears each change until `signal` is aborted. */
export const onUpload = (listener, signal) => changes.addEventListener("change", listener, { signal });

export const isNetwork = file => network.test(file.name);

export const isManifest = file => manifest.test(file.name);

/**
 * `files`: a network, alone or with its manifest or preprocessor_config.json; others beside them, as in its folder, are left out.
 * `known`: what is known about a network without a manifest: { name, preset, size, output, pooling }.
 */
export async function startUpload(files, known) {
  if (current?.state === "sending" || current?.state === "trying") return;
  const onnx = theOne(files, "embedder.onnx", isNetwork);
  if (!onnx) {
    fail("Provide a network (.onnx), alone or with its model.json. Expected one network (.onnx).");
    return;
  }
  const config = files.find(({ name }) => name === "preprocessor_config.json");
  const manifest = theOne(files.filter(file => file !== config), "model.json", isManifest);
  const form = new FormData();
  form.append("onnx", onnx);
  if (manifest) form.append("manifest", manifest);
  else if (config) form.append("config", config);
  const stated = manifest ? {} : { name: nameOf(onnx), ...known };
  sending = new AbortController();
  change({ name: onnx.name, state: "sending", sent: 0, size: onnx.size + ((manifest ?? config)?.size ?? 0) });
  try {
    const { status, body } = await send(`models${queryOf(stated)}`, form, { onSent, signal: sending.signal });
    change({ name: body.name, state: "added", isNew: status === 201 });
    announce(outcomeOf(current));
  } catch (error) {
    if (error.code === "adoption-question") change({ state: "asking", problem: error.message, files, known: stated });
    else fail(error.message);
  }
}

// The file's name without its ending, in the letters that an embedder's name may have.
const nameOf = ({ name }) => name.replace(network, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "").slice(0, 128) || "network";

function queryOf(stated) {
  const fields = new URLSearchParams(Object.entries(stated).filter(([, value]) => value));
  return fields.size ? `?${fields}` : "";
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
