// The import of this tab: packed, sent, then followed as a job. It goes on while other views are looked at.

import { cancelJob, problemOf } from "./api.js";
import { isArchive } from "./folder.js";
import { isOpen, jobEvents } from "./job-events.js";
import { askForKey, withKey } from "./key.js";
import { tar } from "./tar.js";

const changes = new EventTarget();
let current;
let request;

/** What is being imported: { name, state, sent, size, job, problem }; state is sending, running, ended or failed. */
export const importNow = () => current;

/** Hears each change until `signal` is aborted. */
export const onImport = (listener, signal) => changes.addEventListener("change", listener, { signal });

/** `entries`: one archive, or the pictures of a folder. */
export async function startImport(entries) {
  if (current && (current.state === "sending" || current.state === "running")) return;
  const [first] = entries;
  if (!first) {
    change({ name: "", state: "failed", problem: "There is no picture in that folder: JPEG, PNG, WebP and GIF are imported." });
    return;
  }
  const isOne = entries.length === 1 && isArchive(first.file);
  const archive = isOne ? first.file : tar(entries);
  change({ name: isOne ? first.file.name : first.path.split("/")[0], state: "sending", sent: 0, size: archive.size });
  try {
    follow(await sendWithKey(archive));
  } catch (error) {
    change({ ...current, state: "failed", problem: error.message });
  }
}

/** Takes back what is being sent, or ends the job. */
export async function cancelImport() {
  if (current.state === "sending") request.abort();
  else if (current.job) await cancelJob(current.job.id);
}

function change(next) {
  current = next;
  changes.dispatchEvent(new Event("change"));
}

// A refusal for want of a key asks for one and sends again, as every call does.
async function sendWithKey(archive) {
  try {
    return await send(archive);
  } catch (error) {
    if (error.status !== 401 || !await askForKey()) throw error;
    return send(archive);
  }
}

// XMLHttpRequest, since fetch does not tell how much has been sent.
function send(archive) {
  return new Promise((resolve, reject) => {
    request = new XMLHttpRequest();
    request.open("POST", "imports");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(withKey().headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = event => change({ ...current, sent: event.loaded });
    request.onload = () => {
      const body = JSON.parse(request.responseText || "{}");
      if (request.status === 202) resolve(body);
      else reject(problemOf(request.status, body));
    };
    request.onerror = () => reject(new Error("The service does not answer, or refused the archive before it was whole."));
    request.onabort = () => reject(new Error("Taken back before it was sent."));
    request.send(archive);
  });
}

async function follow(job) {
  change({ ...current, state: "running", job });
  for await (const now of jobEvents(job.id)) change({ ...current, job: now, state: isOpen(now) ? "running" : "ended" });
}
