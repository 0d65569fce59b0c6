// The contents of a dropped or chosen folder.

// The service looks at the first bytes instead, so these are only the names that are worth sending.
const pictures = /\.(jpe?g|jpe|jfif|a?png|webp|gif|avif|tiff?)$/i;
const archives = /\.(zip|tar|tgz|tar\.gz)$/i;

export const isArchive = file => archives.test(file.name);

const isPictureName = name => pictures.test(name);

/** The files of a folder input, as `{ path, file }`. */
export const entriesOf = files => [...files].map(file => ({ path: file.webkitRelativePath || file.name, file }));

/**
 * What of `{ path, file }` is imported, and how much is left out by kind, such as `{ HEIC: 2 }`. Hidden files and folders do not count,
 * like in the service.
 */
export function sortOut(entries) {
  const visible = entries.filter(({ path }) => !path.split("/").some(part => part.startsWith(".") || part === "__MACOSX"));
  const leftOut = {};
  for (const { path } of visible.filter(({ path }) => !isPictureName(path))) {
    const kind = kindOf(path);
    leftOut[kind] = (leftOut[kind] ?? 0) + 1;
  }
  return { pictures: visible.filter(({ path }) => isPictureName(path)), leftOut };
}

const kindOf = path => /\.([^./]{1,12})$/.exec(path)?.[1].toUpperCase() ?? "no extension";

/** Such as "3 left out: 1 HEIC, 2 TXT, not read here"; empty when nothing was left out. */
export function leftOutText(leftOut) {
  const kinds = Object.entries(leftOut ?? {}).sort(([one], [other]) => one < other ? -1 : 1);
  const all = kinds.reduce((sum, [, number]) => sum + number, 0);
  if (all === 0) return "";
  return `${all} left out: ${kinds.map(([kind, number]) => kinds.length > 1 ? `${number} ${kind}` : kind).join(", ")}, not read here`;
}

/** The files below dropped file system entries, as `{ path, file }`. */
export async function readEntries(entries) {
  const found = [];
  for (const entry of entries) await walk(entry, entry.name, found);
  return found;
}

async function walk(entry, path, found) {
  if (entry.isFile) {
    found.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    return;
  }
  const reader = entry.createReader();
  // A reader returns up to a hundred entries at a time, and an empty list at the end.
  while (true) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const child of some) await walk(child, `${path}/${child.name}`, found);
  }
}
