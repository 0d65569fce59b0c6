// The contents of a dropped or chosen folder.

const pictures = /\.(jpe?g|png|webp|gif)$/i;
const archives = /\.(zip|tar|tgz|tar\.gz)$/i;

export const isArchive = file => archives.test(file.name);

/** The pictures among files of a folder input, as `{ path, file }`; without hidden files and folders, like the service. */
export const picturesOf = files =>
  picturesAmong([...files].map(file => ({ path: file.webkitRelativePath || file.name, file })));

export const picturesAmong = entries => entries.filter(({ path }) => isPicture(path));

/** The files below dropped file system entries, as `{ path, file }`. */
export async function readEntries(entries) {
  const found = [];
  for (const entry of entries) await walk(entry, entry.name, found);
  return found;
}

const isPicture = path => pictures.test(path) && !path.split("/").some(part => part.startsWith(".") || part === "__MACOSX");

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
