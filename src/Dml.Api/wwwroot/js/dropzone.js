// Four ways to provide a picture: choose a file, take a photo, drop it anywhere on the page, paste it. A dropped folder or
// archive contains many pictures.

import { byId } from "./elements.js";
import { isArchive, readEntries } from "./folder.js";

/**
 * `onFiles(files)` gets them as they are, a picture first: whether it is one is for the service to say. `onMany(entries)`
 * gets `{ path, file }` of all that a dropped folder holds, or of one archive, unless `takesFolder(entries)` was
 * told of all that the folder holds and wanted it.
 */
export function listenForPictures({ onFiles, takesFolder, onMany, onNothing }) {
  openFrom("choose", "file", onFiles);
  openFrom("photo", "camera", onFiles);
  listenForDrop({ onFiles, takesFolder, onMany, onNothing });

  document.addEventListener("paste", event => {
    const files = pictureFirst(event.clipboardData.files);
    if (files.length) onFiles(files);
    else onNothing("There is no picture on the clipboard. Copy the picture itself, not its URL, and paste again.");
  });
}

function openFrom(button, input, onFiles) {
  const files = byId(input);
  byId(button).addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    const file = files.files[0];
    // Cleared, so that choosing the same file again fires a change event.
    if (file) onFiles([file]);
    files.value = "";
  });
}

function listenForDrop({ onFiles, takesFolder, onMany, onNothing }) {
  // Enter and leave fire for every element under the pointer; their difference tells whether the drag is over the page.
  let depth = 0;
  const mark = change => {
    depth = Math.max(0, change);
    document.body.classList.toggle("dragging", depth > 0);
  };

  window.addEventListener("dragenter", event => { event.preventDefault(); mark(depth + 1); });
  window.addEventListener("dragleave", () => mark(depth - 1));
  // Otherwise the browser would open the file instead of the page.
  window.addEventListener("dragover", event => event.preventDefault());
  window.addEventListener("drop", event => {
    event.preventDefault();
    mark(0);
    const files = pictureFirst(event.dataTransfer.files);
    const [file] = files;
    const dropped = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    const onFolder = entries => takesFolder(entries) || onMany(entries);
    if (dropped.some(entry => entry.isDirectory)) readEntries(dropped).then(onFolder, error => onNothing(error.message));
    else if (files.length === 1 && isArchive(file)) onMany([{ path: file.name, file }]);
    else if (file) onFiles(files);
    else onNothing("That drop contained no file. Save the picture first, then drop the file.");
  });
}

const pictureFirst = files => [...files].sort((one, other) => isPicture(other) - isPicture(one));

const isPicture = file => file.type.startsWith("image/");
