// Formats figures.

const grouped = new Intl.NumberFormat("en");
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export const count = number => grouped.format(number);

export const pictureCount = number => `${count(number)} ${number === 1 ? "picture" : "pictures"}`;

/** Below 10 ms the first decimal still tells something; above, it only flickers. */
export const milliseconds = ms => `${ms < 10 ? ms.toFixed(1) : count(Math.round(ms))} ms`;

export const when = time => moment.format(new Date(time));

/** How far a job is: in per cent and minutes where its steps mean nothing to a reader, as those of a retrain do. */
export function progressOf({ kind, done, total, startedAt, endedAt }) {
  if (kind !== "retrain") return total ? `${count(done)} of ${count(total)}` : done ? count(done) : "";
  if (!total || endedAt) return "";
  const elapsed = (Date.now() - new Date(startedAt)) / 1000;
  const left = elapsed * (total - done) / done;
  // At the beginning an estimate would be a guess.
  const isKnown = startedAt && elapsed > 20 && done / total > 0.03;
  const minutes = left < 60 ? 1 : Math.round(left / 60);
  return [`${Math.floor(100 * done / total)} %`, isKnown && `about ${minutes} min left`].filter(Boolean).join(", ");
}

/** Decimal units, as on a disk's label. */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** unit;
  return `${unit === 0 || value >= 100 ? count(Math.round(value)) : value.toFixed(1)} ${units[unit]}`;
}

/** From one time to another, now when the second is missing. */
export function duration(from, to) {
  const seconds = Math.max(0, (new Date(to ?? Date.now()) - new Date(from)) / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
