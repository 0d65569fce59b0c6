// Draws the points of a map, as many of them as pictures as there is room for. It can be panned and zoomed.

import { PointPictures, withRoom } from "./map-pictures.js";

const widest = 68;
const narrowest = 0.9;
const closest = 60;
const reach = 18;
const step = 60;

export class MapCanvas {
  #canvas; #context; #on; #points = []; #levels = new Map(); #pictures;
  #x = 0.5; #y = 0.5; #zoom = 1; #marked = null; #frame = 0; #settling = 0; #pointers = new Map(); #dragged = false;

  /** `onHover(point, { x, y })`, `onPick(point)`, and `onMove(points)`: all, nearest to the middle of the view first. */
  constructor(canvas, on) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#on = on;
    const { signal } = on;
    this.#pictures = new PointPictures(() => signal.aborted || this.#draw());
    const sized = new ResizeObserver(() => {
      this.#levels.clear();
      this.#draw();
    });
    sized.observe(canvas);
    signal.addEventListener("abort", () => sized.disconnect());
    document.addEventListener("themechange", () => this.#draw(), { signal });
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.0015), this.#at(event));
    }, { passive: false });
    canvas.addEventListener("dblclick", event => this.zoom(2, this.#at(event)));
    canvas.addEventListener("pointerdown", event => this.#press(event));
    canvas.addEventListener("pointermove", event => this.#move(event));
    canvas.addEventListener("pointerup", event => this.#release(event));
    canvas.addEventListener("pointercancel", event => this.#pointers.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => this.#hover(null));
    canvas.addEventListener("keydown", event => this.#key(event));
  }

  show(points) {
    this.#points = points;
    this.#levels.clear();
    this.#moved();
  }

  fit() {
    [this.#x, this.#y, this.#zoom] = [0.5, 0.5, 1];
    this.#moved();
  }

  /** Comes closer by a factor, with the place `at` (the middle when missing) where it is. */
  zoom(factor, at = { x: this.#width / 2, y: this.#height / 2 }) {
    const fixed = this.#toMap(at);
    this.#zoom = Math.min(closest, Math.max(narrowest, this.#zoom * factor));
    const now = this.#toMap(at);
    this.#x += fixed.x - now.x;
    this.#y += fixed.y - now.y;
    this.#moved();
  }

  mark(point) {
    this.#marked = point;
    this.#draw();
  }

  get #width() { return this.#canvas.clientWidth; }
  get #height() { return this.#canvas.clientHeight; }
  get #scale() { return this.#height * 0.88 * this.#zoom; }
  // The map is a unit square: it is stretched to the shape of its frame, less half a picture on every side.
  get #stretch() { return (this.#width - Math.max(widest, this.#width * 0.06)) / (this.#height * 0.88); }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #toMap = ({ x, y }) => ({
    x: this.#x + (x - this.#width / 2) / (this.#scale * this.#stretch),
    y: this.#y + (y - this.#height / 2) / this.#scale,
  });

  #toScreen = ({ x, y }) => ({
    x: (x - this.#x) * this.#scale * this.#stretch + this.#width / 2,
    y: (y - this.#y) * this.#scale + this.#height / 2,
  });

  #pan(x, y) {
    const keep = value => Math.min(1, Math.max(0, value));
    this.#x = keep(this.#x - x / (this.#scale * this.#stretch));
    this.#y = keep(this.#y - y / this.#scale);
    this.#moved();
  }

  #moved() {
    this.#draw();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      if (this.#on.signal.aborted) return;
      const distance = ({ x, y }) => ((x - this.#x) * this.#stretch) ** 2 + (y - this.#y) ** 2;
      this.#on.onMove([...this.#points].sort((a, b) => distance(a) - distance(b)));
    }, 150);
  }

  #isVisible = ({ x, y }, margin) => x > -margin && y > -margin && x < this.#width + margin && y < this.#height + margin;

  #press(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#at(event));
    this.#dragged = this.#pointers.size > 1;
  }

  #move(event) {
    const now = this.#at(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      this.#hover(this.#nearest(now), now);
      return;
    }
    if (this.#pointers.size === 2) {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)[1];
      const apart = at => Math.hypot(at.x - other.x, at.y - other.y);
      this.zoom(apart(now) / Math.max(1, apart(before)), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else {
      // Fingers move a little: a shorter movement is a tap.
      if (!this.#dragged && Math.hypot(now.x - before.x, now.y - before.y) < 5) return;
      this.#dragged = true;
      this.#hover(null);
      this.#pan(now.x - before.x, now.y - before.y);
    }
    this.#pointers.set(event.pointerId, now);
  }

  #release(event) {
    const wasAlone = this.#pointers.size === 1;
    this.#pointers.delete(event.pointerId);
    const point = wasAlone && !this.#dragged && this.#nearest(this.#at(event));
    if (point) this.#on.onPick(point);
  }

  #key(event) {
    const keys = {
      ArrowLeft: () => this.#pan(step, 0), ArrowRight: () => this.#pan(-step, 0),
      ArrowUp: () => this.#pan(0, step), ArrowDown: () => this.#pan(0, -step),
      "+": () => this.zoom(1.6), "=": () => this.zoom(1.6), "-": () => this.zoom(1 / 1.6), 0: () => this.fit(),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  }

  #hover(point, at) {
    this.#canvas.classList.toggle("over", Boolean(point));
    if (point !== this.#marked) this.mark(point);
    this.#on.onHover(point, at);
  }

  // A picture is hit anywhere on its face, a dot also slightly outside of it.
  #nearest(at) {
    const { shown, side } = this.#level();
    let best = null;
    let least = Infinity;
    for (const point of this.#points) {
      const { x, y } = this.#toScreen(point);
      const distance = Math.hypot(x - at.x, y - at.y);
      const limit = shown.has(point) ? Math.max(reach, (side * this.#scale) / 2) : reach;
      if (distance < least && distance < limit) [best, least] = [point, distance];
    }
    return best;
  }

  // The points drawn as pictures at this zoom: the same ones wherever the map is moved, without overlaps.
  #level() {
    const level = Math.ceil(Math.log2(this.#scale / widest));
    const side = 1 / 2 ** level;
    if (!this.#levels.has(level)) this.#levels.set(level, { shown: withRoom(this.#points, side, this.#stretch), side });
    return this.#levels.get(level);
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    const context = this.#context;
    const [width, height, ratio] = [this.#width, this.#height, devicePixelRatio];
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.#canvas);
    const [dot, frame, line] = [style.color, style.outlineColor, style.borderTopColor];
    const { shown, side } = this.#level();
    const edge = side * this.#scale * 0.92;
    const pictures = [];
    context.fillStyle = dot;
    context.globalAlpha = 0.55;
    for (const point of this.#points) {
      const at = this.#toScreen(point);
      if (!this.#isVisible(at, widest)) continue;
      if (shown.has(point)) pictures.push([point, at]);
      if (shown.has(point) && this.#pictures.get(point.id)) continue;
      context.beginPath();
      context.arc(at.x, at.y, 2.25, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
    for (const [point, at] of pictures) this.#paintPicture(point, at, edge, line, 1);
    if (this.#marked) this.#paintPicture(this.#marked, this.#toScreen(this.#marked), Math.max(edge, 56), frame, 3);
    this.#pictures.want([...(this.#marked ? [this.#marked] : []), ...pictures.map(([point]) => point)].map(({ id }) => id));
  }

  #paintPicture(point, { x, y }, edge, frame, stroke) {
    const picture = this.#pictures.get(point.id);
    if (!picture) return;
    const context = this.#context;
    context.beginPath();
    context.roundRect(x - edge / 2, y - edge / 2, edge, edge, edge / 7);
    // Drawings are made for a white background, in dark mode too.
    context.fillStyle = "#fff";
    context.fill();
    const inner = edge * 0.84;
    const shrink = inner / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width * shrink, picture.height * shrink];
    context.drawImage(picture, x - width / 2, y - height / 2, width, height);
    context.lineWidth = stroke;
    context.strokeStyle = frame;
    context.stroke();
  }
}
