// Asks for confirmation before something that cannot be undone.

import { make } from "./elements.js";

/** True when it was confirmed; Esc and Cancel are no. `more`: elements between the text and the buttons. */
export function confirm(question, detail, action, ...more) {
  const dialog = make("dialog", { className: "dialog", "aria-labelledby": "confirm-title" });
  return new Promise(resolve => {
    const end = answer => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    dialog.append(
      make("h2", { id: "confirm-title", text: question }), make("p", { text: detail }), ...more,
      make("div", { className: "buttons" },
        make("button", { type: "button", className: "danger", text: action, onclick: () => end(true) }),
        make("button", { type: "button", text: "Cancel", autofocus: true, onclick: () => end(false) })));
    dialog.addEventListener("cancel", () => end(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
