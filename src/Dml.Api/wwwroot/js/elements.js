// Building elements. Every text goes through `textContent`: a label such as "<b>" must show as it is written.

export const byId = id => document.getElementById(id);

export function make(tag, { className, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function showText(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}
