// The import of this tab: packed, sent, then watched as a job. It continues while other views are open.

import { cancelJob } from "./api.js";
import { isArchive } from "./folder.js";
import { isOpen, jobEvents } from "./job-events.js";
import { send } from "./sending.js";
import { tar } from "./tar.js";

const changes = new EventTarget();
let current;
let sending;

/** What is being imported: { name, state, sent, size, job, problem }; state is sending, running, ended or failed. */
export const importNow = () => current;

/** Hears each change until `signal` is aborted. */
export const onImport = (listener, signal) => changes.addEventListener("change", listener, { signal });

/** `entries`: one archive, or the pictures of a folder. */
export async function startImport(entries) {
  if (current && (current.state === "sending" || current.state === "running")) return;
  const [first] = entries;
  if (!first) {
    change({ name: "", state: "failed", problem: "That folder contains no picture. JPEG, PNG, WebP and GIF can be imported." });
    return;
  }
  const isOne = entries.length === 1 && isArchive(first.file);
  const archive = isOne ? first.file : tar(entries);
  sending = new AbortController();
  change({ name: isOne ? first.file.name : first.path.split("/")[0], state: "sending", sent: 0, size: archive.size });
  try {
    const { body } = await send("imports", archive, {
      headers: { "Content-Type": "application/octet-stream" }, signal: sending.signal, onSent: sent => change({ ...current, sent }),
    });
    follow(body);
  } catch (error) {
    change({ ...current, state: "failed", problem: error.message });
  }
}

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
