// Selects the points of a map that are drawn as pictures, and loads these.

import { thumbnailUrl } from "./api.js";
import { load } from "./pictures.js";

const atOnce = 6;

/**
 * The points that can be pictures of this side without one lying over another: earlier points go first. `side` is in
 * units of the map's height, `stretch` how many of them the map is wide.
 */
export function withRoom(points, side, stretch) {
  const cells = new Map();
  const chosen = new Set();
  for (const point of points) {
    const [column, row] = [Math.floor((point.x * stretch) / side), Math.floor(point.y / side)];
    let isFree = true;
    for (let x = column - 1; x <= column + 1; x++) {
      for (let y = row - 1; y <= row + 1; y++) {
        const other = cells.get(`${x},${y}`);
        isFree &&= !other || Math.max(Math.abs(other.x - point.x) * stretch, Math.abs(other.y - point.y)) >= side;
      }
    }
    if (!isFree) continue;
    cells.set(`${column},${row}`, point);
    chosen.add(point);
  }
  return chosen;
}

/** Pictures by id, a few fetched at a time; `onLoaded` is called for each that has come. */
export class PointPictures {
  #pictures = new Map(); #wanted = []; #loading = 0; #onLoaded;

  constructor(onLoaded) {
    this.#onLoaded = onLoaded;
  }

  /** The picture, or null until it has come and where there is none. */
  get = id => this.#pictures.get(id) ?? null;

  /** Fetches these, and none that was wanted before and is not any more. */
  want(ids) {
    this.#wanted = ids.filter(id => !this.#pictures.has(id));
    this.#next();
  }

  #next() {
    while (this.#loading < atOnce && this.#wanted.length) {
      const id = this.#wanted.shift();
      this.#pictures.set(id, null);
      this.#loading++;
      load(thumbnailUrl(id, 128))
        .then(picture => this.#pictures.set(id, picture), () => {})
        .finally(() => {
          this.#loading--;
          this.#onLoaded();
          this.#next();
        });
    }
  }
}
