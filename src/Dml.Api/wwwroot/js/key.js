// The key of a service that requires one: kept in this tab only, sent with every request, requested when the service refuses a call.

import { byId, showText } from "./elements.js";

const storage = "dml-key";
let asking;

/** Null while there is none. */
export const currentKey = () => sessionStorage.getItem(storage);

export const hasKey = () => currentKey() !== null;

/** The request's options with the key in its headers. */
export const withKey = (options = {}) =>
  hasKey() ? { ...options, headers: { ...options.headers, "X-Api-Key": currentKey() } } : options;

/** After a refusal of `used`: asks, unless another key was given since the request was sent. False when nobody gave a key. */
export const replaceKey = async used => used !== currentKey() || askForKey();

/** Asks once, whoever else asks meanwhile; false when nobody gave a key. */
function askForKey() {
  asking ??= open().finally(() => { asking = undefined; });
  return asking;
}

/** The button in the header: shown as soon as a key is in use, to give another one or to forget it. */
export function listenToKey() {
  byId("key").hidden = !hasKey();
  byId("key").addEventListener("click", async () => {
    if (await askForKey()) location.reload();
  });
}

function open() {
  const dialog = byId("key-dialog");
  const input = byId("key-input");
  showText(byId("key-problem"), hasKey() && "The current key was refused, or you want to change it.");
  byId("key-forget").hidden = !hasKey();
  input.value = "";
  dialog.showModal();
  return new Promise(resolve => {
    const end = given => {
      dialog.close();
      byId("key").hidden = !hasKey();
      resolve(given);
    };
    byId("key-form").onsubmit = event => {
      event.preventDefault();
      sessionStorage.setItem(storage, input.value.trim());
      end(true);
    };
    byId("key-forget").onclick = () => {
      sessionStorage.removeItem(storage);
      end(true);
    };
    byId("key-cancel").onclick = () => end(false);
    dialog.oncancel = () => end(false);
  });
}
