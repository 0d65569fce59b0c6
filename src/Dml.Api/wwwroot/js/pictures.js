// The items' pictures. An <img> sends no key: if one is needed, the bytes are fetched and shown from memory.

import { answer, thumbnailUrl } from "./api.js";
import { make } from "./elements.js";
import { hasKey } from "./key.js";

const most = 600;
const fetched = new Map();
const waiting = new WeakMap();

// As lazy as loading="lazy": a long grid requests what comes into view.
const watcher = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    objectUrl(waiting.get(target)).then(url => { target.src = url; }, () => {});
  }
}, { rootMargin: "300px" });

/** An item's small picture, `side` pixels of the page wide. */
export function thumbnail(id, side, alt) {
  const picture = make("img", { alt, width: side, height: side, loading: "lazy", decoding: "async", draggable: "false" });
  if (hasKey()) {
    show(picture, thumbnailUrl(id, side * 2));
  } else {
    picture.srcset = `${thumbnailUrl(id, side)} 1x, ${thumbnailUrl(id, side * 2)} 2x`;
    picture.src = thumbnailUrl(id, side);
  }
  return picture;
}

/** Shows a picture of the service in an <img>. */
export function show(picture, url) {
  if (!hasKey() || url.startsWith("blob:")) {
    picture.src = url;
    return;
  }
  waiting.set(picture, url);
  watcher.observe(picture);
}

/** A picture to draw with; rejects when there is none. */
export async function load(url) {
  const picture = new Image();
  picture.src = hasKey() ? await objectUrl(url) : url;
  await picture.decode();
  return picture;
}

function objectUrl(url) {
  if (!fetched.has(url)) {
    if (fetched.size >= most) forgetOldest();
    fetched.set(url, answer(url).then(response => response.blob()).then(blob => URL.createObjectURL(blob)));
    fetched.get(url).catch(() => fetched.delete(url));
  }
  return fetched.get(url);
}

// Pictures on the page remain: a decoded picture no longer needs its URL.
function forgetOldest() {
  const [url, address] = fetched.entries().next().value;
  fetched.delete(url);
  address.then(URL.revokeObjectURL, () => {});
}
