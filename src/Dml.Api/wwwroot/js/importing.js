// The import of this tab: packed, sent, then watched as a job. It continues while other views are open.

import { cancelJob } from "./api.js";
import { isArchive, leftOutText, sortOut } from "./folder.js";
import { isOpen, jobEvents } from "./job-events.js";
import { send } from "./sending.js";
import { tar } from "./tar.js";

const changes = new EventTarget();
let current;
let sending;

/** What is being imported: { name, state, sent, size, job, leftOut, notice, problem }; state is sending, running, ended or failed. */
export const importNow = () => current;

/** Hears each change until `signal` is aborted. */
export const onImport = (listener, signal) => changes.addEventListener("change", listener, { signal });

/** `entries`: one archive, or files, of which the pictures are imported and the others named. */
export async function startImport(entries) {
  if (current && (current.state === "sending" || current.state === "running")) {
    change({ ...current, notice: "An import is running, so this was not imported. Do it again when the import has ended." });
    return;
  }
  const isOne = entries.length === 1 && isArchive(entries[0].file);
  const { pictures, leftOut } = isOne ? { pictures: entries, leftOut: {} } : sortOut(entries);
  const [first] = pictures;
  if (!first) {
    const left = leftOutText(leftOut);
    change({ name: "", state: "failed",
      problem: `There is no picture to import. JPEG, PNG, WebP, GIF, AVIF and TIFF can be imported.${left && ` ${left}.`}` });
    return;
  }
  const archive = isOne ? first.file : tar(pictures);
  sending = new AbortController();
  change({ name: nameOf(pictures), leftOut, state: "sending", sent: 0, size: archive.size });
  try {
    const { body } = await send("imports", archive, {
      headers: { "Content-Type": "application/octet-stream" }, signal: sending.signal, onSent: sent => change({ ...current, sent }),
    });
    follow(body);
  } catch (error) {
    change({ ...current, state: "failed", problem: error.message });
  }
}

/** Single pictures as entries: a label becomes the name of their folder. */
export function loose(files, label) {
  return files.map(file => {
    // Cameras reuse names: with size and date, another picture of the same name does not replace this one, and the same one is known.
    const mark = (file.size * 1009 + file.lastModified).toString(36);
    const name = file.name.replace(/(\.[^.]*)?$/, extension => `-${mark}${extension}`);
    return { path: label ? `${label.replaceAll("/", "-")}/${name}` : name, file };
  });
}

const nameOf = ([first, ...others]) =>
  others.length && !first.path.includes("/") ? `${others.length + 1} pictures` : first.path.split("/")[0];

/** Takes back what is being sent, or ends the job. */
export async function cancelImport() {
  if (current.state === "sending") sending.abort();
  else if (current.job) await cancelJob(current.job.id);
}

function change(next) {
  current = next;
  changes.dispatchEvent(new Event("change"));
}

async function follow(job) {
  change({ ...current, state: "running", job });
  for await (const now of jobEvents(job.id)) change({ ...current, job: now, state: isOpen(now) ? "running" : "ended" });
}
