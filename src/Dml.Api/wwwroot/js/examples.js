// Words of the catalogue itself, where the page shows what could be typed.

import { itemPage } from "./api.js";
import { byId } from "./elements.js";

let first;

/** An item with a label, { id, label, attributes }; undefined when there is none, and before anything was imported. */
export async function example() {
  try {
    first ??= (await itemPage({ limit: 50 })).items.find(({ label }) => label);
  } catch {
    // Examples are optional: what is wrong is told where somebody asks for something.
  }
  return first;
}

/** Shows an example in a field once it is known. */
export async function suggest(field, textOf) {
  const item = await example();
  if (item) field.placeholder = textOf(item);
}

/** A filter that finds the item. */
export function filterOf({ label, attributes }) {
  const [attribute] = Object.entries(attributes ?? {}).filter(([, value]) => typeof value === "string");
  return [`label:${quoted(label)}`, attribute && `attr.${quoted(attribute[0])}:${quoted(attribute[1])}`].filter(Boolean).join(" OR ");
}

/** A value as filters read it. */
export const quoted = text => /^[\p{L}\p{N}_.-]+$/u.test(text) ? text : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** The credits of the demo's drawings belong below a catalogue that has some. */
export async function showCredits() {
  try {
    const { items } = await itemPage({ label: "red-apple", limit: 10 });
    byId("about-pictures").hidden = !items.some(({ id, attributes }) => attributes.set && id === `${attributes.set}.red-apple`);
  } catch {
    // As above.
  }
}
