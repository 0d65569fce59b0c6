// The service's HTTP contract as functions. Every failure becomes a Problem whose message can be shown to a person.

export class Problem extends Error {
  /** `status`: the HTTP status, 0 when no answer came at all. */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const words = {
  "empty-image": "That file is empty. Choose a picture with something in it.",
  "too-large": "That file is too large for this service. Try a smaller version of the picture.",
  "not-an-image": "That is not a picture this service can read. It takes JPEG, PNG, WebP and GIF.",
  "bad-image": "That picture is damaged or cut short, so it could not be read.",
  "too-many-pixels": "That picture has too many pixels for this service. Try a smaller version of it.",
  "no-generation": "The service has no model ready yet. Try again in a moment.",
};

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The service does not answer. Check that it is running, then try again.");
  }
  if (response.ok) return response.json();

  const problem = await response.json().catch(() => ({}));
  const message = words[problem.code] ?? problem.detail ?? problem.title
    ?? `The service answered with status ${response.status}. Try again.`;
  throw new Problem(response.status, message);
}

const at = id => `items/${encodeURIComponent(id)}`;

export const thumbnailUrl = (id, size) => `${at(id)}/thumbnail?size=${size}`;

export function searchByPicture(file, k, signal) {
  const body = new FormData();
  body.append("image", file);
  return call(`search?k=${k}`, { method: "POST", body, signal });
}

export const searchSimilar = (id, k, signal) => known(id, call(`${at(id)}/similar?k=${k}`, { signal }));

export const item = (id, signal) => known(id, call(at(id), { signal }));

async function known(id, answer) {
  try {
    return await answer;
  } catch (error) {
    if (error.status !== 404) throw error;
    throw new Problem(404, `“${id}” is not in the catalogue. It may have been deleted.`);
  }
}

export const items = async limit => (await call(`items?limit=${limit}`)).items;

export const stats = () => call("stats");

export const jobs = () => call("jobs");

export const jobEventsUrl = id => `jobs/${encodeURIComponent(id)}/events`;
