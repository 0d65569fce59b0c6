// The URL is the page's only state: `#item=noto.red-apple&k=50` can be linked, reloaded and gone back to, and so can
// `#view=catalogue&label=red-apple`. An uploaded picture has no URL that another tab could open, so `#picture=2`
// means "the second one chosen in this tab".

import { readRegion } from "./region.js";
import { readExamples } from "./several.js";

export const sizes = [10, 20, 50];
const usualSize = 20;

export const viewNames = ["catalogue", "about", "map", "import", "jobs", "models", "learning", "compare"];

const pictures = [];

/** Keeps a picked file for as long as the tab lives, so that Back can show it again. */
export function pictureRoute(file, { k, filter }) {
  return { kind: "picture", number: keepPicture(file), likes: [], dislikes: [], k, filter };
}

export function keepPicture(file) {
  pictures.push({ file, url: URL.createObjectURL(file) });
  return pictures.length;
}

/** The file and its object URL behind a picture's number; undefined after a reload. */
export const keptPicture = number => pictures[number - 1];

export const pickedPicture = route => keptPicture(route.number);

export function readRoute(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const asked = Number(fields.get("k"));
  const k = sizes.includes(asked) ? asked : usualSize;
  const filter = fields.get("filter") ?? "";
  const view = fields.get("view");
  if (viewNames.includes(view)) return { ...Object.fromEntries(fields), kind: view, k, filter };
  const part = { region: readRegion(fields.get("region")), ...readExamples(fields) };
  if (fields.get("item")) return { kind: "item", id: fields.get("item"), ...part, k, filter };
  const number = Number(fields.get("picture"));
  // After a reload the chosen files are gone and the number has no meaning.
  if (keptPicture(number)) return { kind: "picture", number, ...part, k, filter };
  return { kind: "start", k, filter };
}

export const isView = route => viewNames.includes(route.kind);

export function writeRoute({ kind, id, number, region, likes = [], dislikes = [], k, filter }) {
  const fields = new URLSearchParams();
  if (kind === "item") fields.set("item", id);
  if (kind === "picture") fields.set("picture", number);
  if (region) fields.set("region", region);
  for (const like of likes) fields.append("like", like);
  for (const dislike of dislikes) fields.append("dislike", dislike);
  if (k !== usualSize) fields.set("k", k);
  if (filter) fields.set("filter", filter);
  const hash = fields.toString();
  // An empty hash would leave a bare "#" and scroll to the top.
  return hash ? `#${hash}` : location.pathname;
}

/** The address of a view; fields without a value are left out. */
export function viewAddress(view, fields = {}) {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return `#${new URLSearchParams([["view", view], ...known])}`;
}
