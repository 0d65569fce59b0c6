// A large body on its way, with progress: XMLHttpRequest, since fetch does not tell how much has been sent.

import { problemOf } from "./api.js";
import { currentKey, replaceKey, withKey } from "./key.js";

/**
 * The `{ status, body }` of a call that went well. `onSent(bytes, whole)` hears of progress; `signal` takes it back. A
 * refusal for want of a key asks for one and sends again, as every call does.
 */
export async function send(path, content, options) {
  const used = currentKey();
  try {
    return await sendOnce(path, content, options);
  } catch (error) {
    if (error.status !== 401 || !await replaceKey(used)) throw error;
    return send(path, content, options);
  }
}

function sendOnce(path, content, { headers, onSent, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    for (const [name, value] of Object.entries(withKey({ headers }).headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = event => onSent(event.loaded, event.total);
    request.onload = () => {
      // Something between the browser and the service may answer in another language than JSON.
      const body = request.response ?? {};
      if (request.status < 300) resolve({ status: request.status, body });
      // In the service's own words: those of api.js are about a picture.
      else reject(problemOf(request.status, body, {}));
    };
    request.onerror = () => reject(new Error("The service does not answer, or refused it before it was whole."));
    request.onabort = () => reject(new Error("Taken back before it was sent."));
    signal.addEventListener("abort", () => request.abort());
    request.send(content);
  });
}
