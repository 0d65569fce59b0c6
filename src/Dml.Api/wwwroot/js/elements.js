// Creates elements. All text goes through `textContent`, so that a label such as "<b>" is shown literally.

export const byId = id => document.getElementById(id);

/** Functions become listeners (`onclick`), `true` becomes an empty attribute; `false`, null and undefined are omitted. */
export function make(tag, { className, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function showText(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** For those who do not see what has changed. */
export function announce(text) {
  byId("announcement").textContent = text;
}

export const problem = message => make("p", { className: "problem", role: "alert", text: message });

export const labelled = (text, control) => make("label", { className: "field" }, make("span", { text }), control);
