// One search: asks the service, and measures what the asker waited for.

import { item, searchByPicture, searchSimilar } from "./api.js";
import { pickedPicture } from "./route.js";

/** The service's answer with `roundTripMs` and the `query` that was asked; plain data, so history can keep it. */
export async function search(route, signal) {
  return route.kind === "picture"
    ? searchPicture(pickedPicture(route).file, route.k, signal)
    : searchItem(route.id, route.k, signal);
}

async function searchPicture(file, k, signal) {
  const answer = await timed(() => searchByPicture(file, k, signal));
  return { ...answer, query: { name: file.name } };
}

async function searchItem(id, k, signal) {
  const [{ label }, answer] = await Promise.all([
    item(id, signal),
    timed(() => searchSimilar(id, k, signal)),
  ]);
  return { ...answer, query: { name: label ?? id } };
}

async function timed(ask) {
  const began = performance.now();
  const answer = await ask();
  return { ...answer, roundTripMs: performance.now() - began };
}
