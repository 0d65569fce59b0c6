// The HTTP API as functions. Every failure becomes a Problem whose message can be shown to the user.

import { currentKey, replaceKey, withKey } from "./key.js";

export class Problem extends Error {
  /** `status`: the HTTP status, 0 when there was no response; `code`: the service's problem code. */
  constructor(status, message, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const words = {
  "empty-image": "That file is empty. Choose another picture.",
  "too-large": "That file is too large for this service. Try a smaller version of the picture.",
  "bad-image": "That picture is damaged or incomplete and cannot be read.",
  "too-many-pixels": "That picture has too many pixels for this service. Try a smaller version of it.",
  "no-generation": "The service has no model ready yet. Try again in a moment.",
};

/** The answer of a call that went well. If it is refused because a key is missing, asks for one and tries again. */
export async function answer(path, options) {
  const used = currentKey();
  let response;
  try {
    response = await fetch(path, withKey(options));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The service does not respond. Check that it is running, then try again.");
  }
  if (response.ok) return response;
  if (response.status === 401 && await replaceKey(used)) return answer(path, options);
  throw problemOf(response.status, await response.json().catch(() => ({})));
}

/** The Problem in the body of a refused call; `known`: our own messages for some problem codes. */
export function problemOf(status, { code, detail, title }, known = words) {
  const message = known[code] ?? detail ?? title ?? `The service answered with status ${status}. Try again.`;
  return new Problem(status, message, code);
}

const call = async (path, options) => (await answer(path, options)).json();

const at = id => `items/${encodeURIComponent(id)}`;

export const thumbnailUrl = (id, size) => `${at(id)}/thumbnail?size=${size}`;

export const imageUrl = id => `${at(id)}/image`;

// `wanted`: { k, filter, region, generation }; the service has defaults for missing members.
function query(wanted) {
  const fields = new URLSearchParams();
  for (const name of ["k", "filter", "region", "generation"]) if (wanted[name]) fields.set(name, wanted[name]);
  return fields;
}

export function searchByPicture(file, wanted, signal) {
  const body = new FormData();
  body.append("image", file);
  return call(`search?${query(wanted)}`, { method: "POST", body, signal });
}

/** `examples`: { file, likes, dislikes }: a picture, or none, and ids of items. */
export function searchByExamples({ file, likes, dislikes }, wanted, signal) {
  const body = new FormData();
  if (file) body.append("image", file);
  for (const id of likes) body.append("like", id);
  for (const id of dislikes) body.append("dislike", id);
  return call(`search?${query(wanted)}`, { method: "POST", body, signal });
}

export function searchSimilar(id, wanted, signal) {
  const answer = call(`${at(id)}/similar?${query(wanted)}`, { signal });
  // With a generation, 404 has several causes; the service's message says which.
  return wanted.generation ? answer : known(id, answer);
}

export const item = (id, signal) => known(id, call(at(id), { signal }));

async function known(id, answer) {
  try {
    return await answer;
  } catch (error) {
    if (error.status !== 404) throw error;
    throw new Problem(404, `“${id}” is not in the catalogue. It may have been deleted.`);
  }
}

export const patchItem = (id, patch) =>
  call(at(id), { method: "PATCH", body: JSON.stringify(patch), headers: { "Content-Type": "application/merge-patch+json" } });

export const deleteItem = id => answer(at(id), { method: "DELETE" });

/** Gives feedback: whether the item `hit` is a right match for the item `query`. */
export const giveFeedback = (query, hit, right) =>
  answer("feedback", { method: "POST", body: JSON.stringify({ query, hit, right }), headers: { "Content-Type": "application/json" } });

/** Takes the feedback on two pictures back; each is named by an item's id or by its hash. */
export const takeFeedbackBack = (query, hit) =>
  answer(`feedback/${encodeURIComponent(query)}/${encodeURIComponent(hit)}`, { method: "DELETE" });

/** Feedback on a hit of a picture that is not an item and that the service may keep: `{ picture }` is its name. */
export function givePictureFeedback(file, hit, right) {
  const body = new FormData();
  body.append("image", file);
  return call(`feedback/picture?${new URLSearchParams({ hit, right })}`, { method: "POST", body });
}

/** Takes all feedback on a picture back, and the picture with it if it was kept for that. */
export const takeAllFeedbackBack = picture => answer(`feedback/${encodeURIComponent(picture)}`, { method: "DELETE" });

/** When the service learns next, and the feedback so far. */
export const learning = signal => call("learning", { signal });

export const retrains = signal => call("retrains", { signal });

export const retrain = () => call("retrain", { method: "POST" });

export const items = async limit => (await call(`items?limit=${limit}`)).items;

/** Labels that begin with a text, and how many items have each. */
export const labels = async ({ prefix, limit }, signal) =>
  (await call(`labels?${new URLSearchParams({ prefix, limit })}`, { signal })).labels;

export function itemPage({ label, filter, cursor, limit }, signal) {
  const fields = new URLSearchParams({ limit });
  if (label) fields.set("label", label);
  if (filter) fields.set("filter", filter);
  if (cursor) fields.set("cursor", cursor);
  return call(`items?${fields}`, { signal });
}

export const stats = () => call("stats");

/** `state`: none, offered, importing or imported; `available`: whether the drawings are installed. */
export const demo = () => call("demo");

export const startDemo = () => call("demo", { method: "POST" });

export const jobs = signal => call("jobs", { signal });

export const cancelJob = id => call(`jobs/${encodeURIComponent(id)}`, { method: "DELETE" });

export const jobEventsPath = id => `jobs/${encodeURIComponent(id)}/events`;

export const models = signal => call("models", { signal });

export const generations = signal => call("generations", { signal });

export const rollOut = name => call(`models/${encodeURIComponent(name)}/rollout`, { method: "POST" });

/** Like a rollout, but activated even if the gate refuses it. */
export const rollOutAnyway = name => call(`models/${encodeURIComponent(name)}/rollout?gate=report`, { method: "POST" });

export const deleteModel = name => answer(`models/${encodeURIComponent(name)}`, { method: "DELETE" });

/** A generation when it answers immediately, a job when it first has to embed what changed. */
export const activate = number => call(`generations/${number}/activate`, { method: "POST" });

/** The map, or how far the service has come with it: `points` tells them apart. */
export const map = signal => call("map", { signal });
