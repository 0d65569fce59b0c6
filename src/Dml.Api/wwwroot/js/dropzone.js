// Four ways to hand over a picture: choose, photograph, drop anywhere on the page, paste. A dropped folder or archive
// is many pictures.

import { byId } from "./elements.js";
import { isArchive, readEntries } from "./folder.js";

/**
 * `onPicture(file)` gets the file as it is: whether it is a picture is for the service to say. `onMany(entries)` gets
 * `{ path, file }` of what a dropped folder holds, or of one archive.
 */
export function listenForPictures({ onPicture, onMany, onNothing }) {
  openFrom("choose", "file", onPicture);
  openFrom("photo", "camera", onPicture);
  listenForDrop(onPicture, onMany, onNothing);

  document.addEventListener("paste", event => {
    const file = pickOne(event.clipboardData.files);
    if (file) onPicture(file);
    else onNothing("There is no picture on the clipboard. Copy the picture itself, not its address, and paste again.");
  });
}

function openFrom(button, input, onPicture) {
  const files = byId(input);
  byId(button).addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    const file = files.files[0];
    // Emptied, so that choosing the same file again is a change again.
    if (file) onPicture(file);
    files.value = "";
  });
}

function listenForDrop(onPicture, onMany, onNothing) {
  // Enter and leave fire for every element under the pointer; their balance tells whether the drag is over the page.
  let depth = 0;
  const mark = change => {
    depth = Math.max(0, change);
    document.body.classList.toggle("dragging", depth > 0);
  };

  window.addEventListener("dragenter", event => { event.preventDefault(); mark(depth + 1); });
  window.addEventListener("dragleave", () => mark(depth - 1));
  // Without this the browser would open the file in place of the page.
  window.addEventListener("dragover", event => event.preventDefault());
  window.addEventListener("drop", event => {
    event.preventDefault();
    mark(0);
    const file = pickOne(event.dataTransfer.files);
    const dropped = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    if (dropped.some(entry => entry.isDirectory)) readEntries(dropped).then(onMany, error => onNothing(error.message));
    else if (file && isArchive(file)) onMany([{ path: file.name, file }]);
    else if (file) onPicture(file);
    else onNothing("There was no file in that drop. Save the picture first, then drop the file.");
  });
}

function pickOne(files) {
  const all = [...files];
  return all.find(file => file.type.startsWith("image/")) ?? all[0];
}
