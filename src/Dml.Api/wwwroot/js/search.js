// One search: calls the service and measures the time the user waited.

import { item, searchByExamples, searchByPicture, searchSimilar } from "./api.js";
import { pickedPicture } from "./route.js";
import { hasSeveral } from "./several.js";

// The cosine of a picture with itself, in single precision.
const asGoodAsOne = 0.999;

/**
 * The service's answer with `roundTripMs` and the `query`: its name, and the id of the item whose picture it
 * is, if it is one as a whole and alone; and with the `examples` beside it, { id, label, liked } each. Plain data, so history can
 * keep it.
 */
export async function search(route, signal) {
  if (hasSeveral(route)) return searchSeveral(route, signal);
  return route.kind === "picture"
    ? searchPicture(pickedPicture(route).file, route, signal)
    : searchItem(route.id, route, signal);
}

async function searchPicture(file, wanted, signal) {
  const answer = await timed(() => searchByPicture(file, limits(wanted), signal));
  return { ...answer, query: { name: file.name, id: wanted.region ? undefined : await itemOf(file, answer.hits, signal) } };
}

async function searchItem(id, wanted, signal) {
  const [{ label }, answer] = await Promise.all([
    item(id, signal),
    timed(() => searchSimilar(id, limits(wanted), signal)),
  ]);
  return { ...answer, query: { name: label ?? id, id: wanted.region ? undefined : id } };
}

async function searchSeveral(wanted, signal) {
  const { likes, dislikes } = wanted;
  const file = wanted.kind === "picture" ? pickedPicture(wanted).file : undefined;
  const own = file ? [] : [wanted.id];
  const [answer, ...items] = await Promise.all([
    timed(() => searchByExamples({ file, likes: [...own, ...likes], dislikes }, limits(wanted), signal)),
    ...[...own, ...likes, ...dislikes].map(id => item(id, signal)),
  ]);
  const labels = new Map(items.map(({ id, label }) => [id, label]));
  const example = liked => id => ({ id, label: labels.get(id), liked });
  return {
    ...answer,
    query: { name: file ? file.name : labels.get(wanted.id) ?? wanted.id },
    examples: [...likes.map(example(true)), ...dislikes.map(example(false))],
  };
}

/** The item among the hits that has this very file as its picture; undefined when none has, or it cannot be told. */
async function itemOf(file, hits, signal) {
  const alike = hits.filter(({ score }) => score > asGoodAsOne).slice(0, 4);
  // Browsers compute hashes only on pages with https or from this machine.
  if (alike.length === 0 || !crypto.subtle) return undefined;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const sha256 = [...hash].map(byte => byte.toString(16).padStart(2, "0")).join("");
  const known = await Promise.allSettled(alike.map(({ id }) => item(id, signal)));
  return known.find(({ value }) => value?.sha256 === sha256)?.value.id;
}

const limits = ({ k, filter, region }) => ({ k, filter, region });

async function timed(ask) {
  const began = performance.now();
  const answer = await ask();
  return { ...answer, roundTripMs: performance.now() - began };
}
