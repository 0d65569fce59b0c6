// The part of the query picture that is searched: a box that is drawn, moved and sized with the mouse, a finger or keys.

import { byId } from "./elements.js";

const place = byId("query-place");
const picture = byId("query-picture");
const box = byId("region");
const tool = byId("region-tool");

// Smaller boxes are slips of the hand.
const smallest = 0.04;
const step = 0.05;
const patience = 400;

const middle = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// { x, y, width, height } as fractions of the picture; undefined for the whole of it.
let shown;
let waiting;
let changed = () => {};

/** `onChange(region)` gets the box as the service reads it, such as "0.25,0.25,0.5,0.5"; undefined when there is none any more. */
export function listenToRegion(onChange) {
  changed = onChange;
  picture.addEventListener("load", draw);
  place.addEventListener("pointerdown", begin);
  box.addEventListener("keydown", press);
  tool.addEventListener("click", () => {
    set(shown ? undefined : middle);
    if (shown) box.focus({ preventScroll: true });
  });
}

/** Shows the box of an address. */
export function showRegion(region) {
  clearTimeout(waiting);
  const [x, y, width, height] = (region ?? "").split(",").map(Number);
  shown = region && { x, y, width, height };
  draw();
}

/** The box of an address if it is one in the picture, else undefined. */
export function readRegion(text) {
  const numbers = (text ?? "").split(",").map(Number);
  const [x, y, width, height] = numbers;
  const fits = (from, size) => from >= 0 && size >= 0.01 && from + size <= 1.000001;
  return numbers.length === 4 && fits(x, width) && fits(y, height) ? text : undefined;
}

function set(region) {
  clearTimeout(waiting);
  shown = region;
  draw();
  changed(shown && [shown.x, shown.y, shown.width, shown.height].map(value => Number(value.toFixed(4))).join());
}

function draw() {
  // Formats that the browser does not show, such as TIFF, have no size here.
  tool.hidden = !picture.naturalWidth;
  tool.textContent = shown ? "Search the whole picture" : "Search a part";
  box.hidden = !shown || tool.hidden;
  if (box.hidden) return;
  const whole = place.getBoundingClientRect();
  const seen = area();
  box.style.left = `${(seen.left - whole.left + shown.x * seen.width) / whole.width * 100}%`;
  box.style.top = `${(seen.top - whole.top + shown.y * seen.height) / whole.height * 100}%`;
  box.style.width = `${shown.width * seen.width / whole.width * 100}%`;
  box.style.height = `${shown.height * seen.height / whole.height * 100}%`;
}

// Where the picture is within its square, which it seldom fills.
function area() {
  const { left, top, width, height } = picture.getBoundingClientRect();
  const scale = Math.min(width / picture.naturalWidth, height / picture.naturalHeight);
  const [wide, high] = [picture.naturalWidth * scale, picture.naturalHeight * scale];
  return { left: left + (width - wide) / 2, top: top + (height - high) / 2, width: wide, height: high };
}

function begin(event) {
  if (event.button !== 0 || tool.hidden) return;
  event.preventDefault();
  const before = shown;
  const from = pointOf(event);
  const { x, y } = event.target.dataset;
  // A corner is drawn from the opposite one; in the box, the box itself follows.
  const anchor = x === undefined ? from
    : { x: shown.x + (1 - Number(x)) * shown.width, y: shown.y + (1 - Number(y)) * shown.height };
  const moves = event.target === box;
  const drag = now => {
    const to = pointOf(now);
    shown = moves ? moved(before, to.x - from.x, to.y - from.y) : between(anchor, to);
    draw();
  };
  const end = last => {
    place.removeEventListener("pointermove", drag);
    place.removeEventListener("pointerup", end);
    place.removeEventListener("pointercancel", end);
    const isSlip = shown === before || shown.width < smallest || shown.height < smallest;
    if (last.type === "pointercancel" || isSlip) {
      shown = before;
      draw();
    } else {
      set(shown);
      box.focus({ preventScroll: true });
    }
  };
  place.setPointerCapture(event.pointerId);
  place.addEventListener("pointermove", drag);
  place.addEventListener("pointerup", end);
  place.addEventListener("pointercancel", end);
}

function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (["Delete", "Backspace", "Escape"].includes(event.key)) {
    tool.focus({ preventScroll: true });
    set(undefined);
  } else if (directions[event.key]) {
    const [right, down] = directions[event.key].map(direction => direction * step);
    shown = event.shiftKey ? sized(shown, right, down) : moved(shown, right, down);
    draw();
    // Once for all of several presses.
    clearTimeout(waiting);
    waiting = setTimeout(() => set(shown), patience);
  } else {
    return;
  }
  event.preventDefault();
}

function pointOf({ clientX, clientY }) {
  const seen = area();
  return { x: within((clientX - seen.left) / seen.width, 0, 1), y: within((clientY - seen.top) / seen.height, 0, 1) };
}

const between = (one, other) => ({
  x: Math.min(one.x, other.x), y: Math.min(one.y, other.y),
  width: Math.abs(one.x - other.x), height: Math.abs(one.y - other.y),
});

const moved = (region, right, down) => ({
  ...region, x: within(region.x + right, 0, 1 - region.width), y: within(region.y + down, 0, 1 - region.height),
});

const sized = (region, right, down) => ({
  ...region,
  width: within(region.width + right, smallest, 1 - region.x), height: within(region.height + down, smallest, 1 - region.y),
});

const within = (value, least, most) => Math.min(Math.max(value, least), most);
