// The form for label and attributes; sends the changes as a JSON merge patch.

import { completeLabels } from "./completion.js";
import { announce, labelled, make, showText } from "./elements.js";

const kinds = { string: "text", number: "number", boolean: "yes or no" };

/** `save(patch)` answers the item as it is then. */
export function attributeForm(item, save) {
  let before = item;
  const label = make("input", { id: "item-label", value: item.label ?? "", autocomplete: "off", maxlength: 256 });
  completeLabels(label);
  const rows = make("div", { className: "attributes" });
  const failed = make("p", { className: "problem", role: "alert", hidden: true });
  const saved = make("span", { className: "quiet" });
  const fill = () => rows.replaceChildren(...Object.entries(before.attributes).map(([name, value]) => row(name, value)));
  fill();
  const submit = async event => {
    event.preventDefault();
    showText(failed, null);
    saved.textContent = "";
    try {
      before = await save(patchOf(before, label.value.trim(), read(rows)));
      fill();
      saved.textContent = "Saved";
      announce("Saved");
    } catch (error) {
      showText(failed, error.message);
    }
  };
  return make("form", { className: "panel", id: "item-form", onsubmit: submit },
    make("h2", { text: "Label and attributes" }), labelled("Label", label), rows, failed,
    make("div", { className: "buttons" },
      make("button", { type: "submit", className: "primary", text: "Save" }),
      make("button", { type: "button", text: "Add an attribute", onclick: () => {
        const added = row("", "");
        rows.append(added);
        added.querySelector("input").focus();
      } }), saved));
}

function row(name, value) {
  const kind = make("select", { "aria-label": "Kind" }, ...Object.entries(kinds).map(([type, text]) =>
    make("option", { value: type, text, selected: type === typeof value })));
  const line = make("div", { className: "attribute", role: "group", "aria-label": name ? `Attribute ${name}` : "New attribute" },
    make("input", { "aria-label": "Name", value: name, placeholder: "name", autocomplete: "off" }),
    kind,
    make("input", { "aria-label": "Value", value: String(value), placeholder: "value", autocomplete: "off" }),
    make("button", {
      type: "button", className: "round", "aria-label": `Remove ${name || "this attribute"}`, text: "×", onclick: () => line.remove() }));
  return line;
}

function read(rows) {
  const attributes = {};
  for (const line of rows.children) {
    const [name, value] = [...line.querySelectorAll("input")].map(input => input.value.trim());
    if (name) attributes[name] = parse(name, value, line.querySelector("select").value);
  }
  return attributes;
}

function parse(name, value, kind) {
  if (kind === "number") {
    if (value === "" || !Number.isFinite(Number(value))) throw new Error(`${name}: “${value}” is not a number.`);
    return Number(value);
  }
  if (kind === "boolean") {
    if (!/^(true|false|yes|no)$/i.test(value)) throw new Error(`${name}: expected yes or no, or true or false.`);
    return /^(true|yes)$/i.test(value);
  }
  return value;
}

function patchOf(before, label, attributes) {
  const patch = {};
  if (label !== (before.label ?? "")) patch.label = label || null;
  const changed = {};
  for (const name of Object.keys(before.attributes)) if (!(name in attributes)) changed[name] = null;
  for (const [name, value] of Object.entries(attributes)) if (before.attributes[name] !== value) changed[name] = value;
  if (Object.keys(changed).length) patch.attributes = changed;
  return patch;
}
