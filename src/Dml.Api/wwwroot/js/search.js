// One search: asks the service, and measures what the asker waited for.

import { item, searchByPicture, searchSimilar } from "./api.js";
import { pickedPicture } from "./route.js";

/** The service's answer with `roundTripMs` and the `query` that was asked; plain data, so history can keep it. */
export async function search(route, signal) {
  return route.kind === "picture"
    ? searchPicture(pickedPicture(route).file, route, signal)
    : searchItem(route.id, route, signal);
}

async function searchPicture(file, wanted, signal) {
  const answer = await timed(() => searchByPicture(file, limits(wanted), signal));
  return { ...answer, query: { name: file.name } };
}

async function searchItem(id, wanted, signal) {
  const [{ label }, answer] = await Promise.all([
    item(id, signal),
    timed(() => searchSimilar(id, limits(wanted), signal)),
  ]);
  return { ...answer, query: { name: label ?? id, id } };
}

const limits = ({ k, filter }) => ({ k, filter });

async function timed(ask) {
  const began = performance.now();
  const answer = await ask();
  return { ...answer, roundTripMs: performance.now() - began };
}
