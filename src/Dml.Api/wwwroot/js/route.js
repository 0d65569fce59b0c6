// The address is the page's only state: `#item=noto.red-apple&k=50` can be linked, reloaded and gone back to.
// A picture of one's own has no address another tab could open, so `#picture=2` means "the second one picked here".

export const sizes = [10, 20, 50];
const usualSize = 20;

const pictures = [];

/** Keeps a picked file for as long as the tab lives, so that Back can show it again. */
export function pictureRoute(file, k) {
  pictures.push({ file, url: URL.createObjectURL(file) });
  return { kind: "picture", number: pictures.length, k };
}

/** The file and its object URL behind a picture route. */
export const pickedPicture = route => pictures[route.number - 1];

export function readRoute(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const asked = Number(fields.get("k"));
  const k = sizes.includes(asked) ? asked : usualSize;
  if (fields.get("item")) return { kind: "item", id: fields.get("item"), k };
  const number = Number(fields.get("picture"));
  // After a reload the picked files are gone and the number means nothing any more.
  if (pictures[number - 1]) return { kind: "picture", number, k };
  return { kind: "start", k };
}

export function writeRoute({ kind, id, number, k }) {
  const fields = new URLSearchParams();
  if (kind === "item") fields.set("item", id);
  if (kind === "picture") fields.set("picture", number);
  if (k !== usualSize) fields.set("k", k);
  const hash = fields.toString();
  // An empty hash would leave a bare "#" and scroll to the top.
  return hash ? `#${hash}` : location.pathname;
}
