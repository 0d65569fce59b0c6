// Sends a large body with progress: XMLHttpRequest, because fetch does not report upload progress.

import { problemOf } from "./api.js";
import { currentKey, replaceKey, withKey } from "./key.js";

/**
 * The `{ status, body }` of a successful call. `onSent(bytes, whole)` receives the progress; `signal` aborts. If
 * it is refused because a key is missing, asks for one and sends again, as every call does.
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
      // A proxy between the browser and the service may answer with something other than JSON.
      const body = request.response ?? {};
      if (request.status < 300) resolve({ status: request.status, body });
      // With the service's message: those of api.js are about a picture.
      else reject(problemOf(request.status, body, {}));
    };
    request.onerror = () => reject(new Error("The service does not respond, or it refused the upload before it was complete."));
    request.onabort = () => reject(new Error("The upload was cancelled."));
    signal.addEventListener("abort", () => request.abort());
    request.send(content);
  });
}
