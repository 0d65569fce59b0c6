// The live progress of a job: server-sent events, read with fetch because EventSource cannot send a key.

import { answer, jobEventsPath } from "./api.js";

/** The job now and each time it has changed, until it has ended or `signal` is aborted. */
export async function* jobEvents(id, signal) {
  const response = await answer(jobEventsPath(id), { signal, headers: { Accept: "text/event-stream" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split(/\r?\n\r?\n/);
    rest = events.pop();
    for (const event of events) {
      const data = event.split(/\r?\n/).filter(line => line.startsWith("data:")).map(line => line.slice(5)).join("\n");
      if (data) yield JSON.parse(data);
    }
  }
}

export const isOpen = job => job.state === "running" || job.state === "queued";
