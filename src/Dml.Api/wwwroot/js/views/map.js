// The catalogue as the embedder sees it: similar pictures are close together. The list below shows the middle of the view.

import { map } from "../api.js";
import { card, makeOneTabStop, name } from "../cards.js";
import { make } from "../elements.js";
import { moveWithin } from "../keys.js";
import { MapCanvas } from "../map-canvas.js";
import { count, pictureCount } from "../numbers.js";
import { thumbnail } from "../pictures.js";
import { viewAddress } from "../route.js";

export const title = "Map";

const askAgainAfter = 700;
const lookAgainAfter = 10_000;
const listed = 24;

export async function show(route, place, signal) {
  const lead = make("p", { className: "lead", text: "Pictures that look alike to the embedder are close together." });
  const wait = make("div", { className: "panel" }, make("p", { text: "The map is being computed for the first time." }),
    make("progress", { max: 1, "aria-label": "Progress" }));
  place.append(lead);
  let shown = await ask(signal);
  if (!shown.points) {
    place.append(wait);
    while (!shown.points) {
      wait.querySelector("progress").value = shown.done;
      await pause(askAgainAfter, signal);
      shown = await ask(signal);
    }
    wait.remove();
  }
  const draw = showMap(place, signal);
  const tell = ({ items, points, generation, model }) => {
    lead.textContent = `The map of ${model}, generation ${generation}: ${
      points.length < items ? `${count(points.length)} of ${pictureCount(items)}` : pictureCount(points.length)}.`;
    draw(points);
  };
  tell(shown);
  follow(shown, tell, signal);
}

// A new generation or a changed catalogue leads to a new map.
async function follow(shown, tell, signal) {
  try {
    while (true) {
      await pause(lookAgainAfter, signal);
      const now = await ask(signal);
      if (!now.points || now.computedAt === shown.computedAt) continue;
      shown = now;
      tell(now);
    }
  } catch {
    // The view was closed, or the service does not respond: the map stays as it is.
  }
}

const ask = signal => map(signal);

const pause = (time, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, time);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    reject(signal.reason);
  });
});

function showMap(place, signal) {
  const canvas = make("canvas", {
    id: "map", tabindex: 0, role: "application", "aria-roledescription": "map", "aria-describedby": "map-keys",
    "aria-label": "Map of the catalogue",
  });
  const hover = make("div", { className: "hover", hidden: true, "aria-hidden": "true" });
  const nearby = make("ol", { className: "grid small", id: "map-list" });
  const drawing = new MapCanvas(canvas, {
    onHover: (point, at) => showHover(hover, point, at),
    onPick: point => { location.hash = viewAddress("about", { id: point.id }); },
    onMove: points => list(nearby, points.slice(0, listed), drawing),
    signal,
  });
  const button = (text, label, press) =>
    make("button", { type: "button", className: "round", "aria-label": label, title: label, text, onclick: press });
  place.append(
    make("div", { className: "map-frame" }, canvas, hover, make("div", { className: "zoom" },
      button("+", "Zoom in", () => drawing.zoom(1.6)),
      button("−", "Zoom out", () => drawing.zoom(1 / 1.6)),
      button("⤢", "The whole map", () => drawing.fit()))),
    make("p", { id: "map-keys", className: "hint", text: "Drag to move, use the wheel or pinch to zoom, click an item to open it. "
      + "Keyboard: arrows, + and −, 0 for the whole map." }),
    make("h2", { text: "In the middle of the view" }), nearby);
  moveWithin(nearby);
  return points => drawing.show(points);
}

function showHover(hover, point, at) {
  hover.hidden = !point;
  if (!point || hover.dataset.id === point.id) return place();
  hover.dataset.id = point.id;
  hover.replaceChildren(make("span", { className: "tile" }, thumbnail(point.id, 160, "")), name(point));
  place();

  function place() {
    if (!point) return;
    const { width, height } = hover.parentElement.getBoundingClientRect();
    hover.style.left = `${Math.min(at.x + 14, width - hover.offsetWidth - 8)}px`;
    hover.style.top = `${at.y + 14 + hover.offsetHeight > height ? at.y - hover.offsetHeight - 14 : at.y + 14}px`;
  }
}

function list(grid, points, drawing) {
  // The list does not change while it has keyboard focus.
  if (grid.contains(document.activeElement)) return;
  grid.replaceChildren(...points.map(point => card({
    id: point.id, href: viewAddress("about", { id: point.id }), title: point.id, details: [name(point)],
  })));
  makeOneTabStop(grid);
  for (const [place, link] of [...grid.querySelectorAll("a")].entries()) {
    for (const event of ["focus", "pointerenter"]) link.addEventListener(event, () => drawing.mark(points[place]));
    for (const event of ["blur", "pointerleave"]) link.addEventListener(event, () => drawing.mark(null));
  }
}
