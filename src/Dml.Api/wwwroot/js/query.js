// The query side: the picture of the query, the cost of the search, and the generation that answered.

import { thumbnailUrl } from "./api.js";
import { byId, make } from "./elements.js";
import { count, milliseconds } from "./numbers.js";
import { show } from "./pictures.js";
import { showRegion } from "./region.js";
import { pickedPicture, viewAddress } from "./route.js";

export function showQuery(route, answer) {
  const picture = byId("query-picture");
  show(picture, route.kind === "picture" ? pickedPicture(route).url : thumbnailUrl(route.id, 320));
  picture.alt = `The picture you searched with: ${answer.query.name}`;
  byId("query-name").textContent = answer.query.name;
  const about = byId("query-about");
  about.hidden = route.kind === "picture";
  if (!about.hidden) about.href = viewAddress("about", { id: route.id });
  byId("query").hidden = false;
  showRegion(route.region);
  showCost(answer);
}

export function hideQuery() {
  byId("query").hidden = true;
  byId("cost").hidden = true;
}

function showCost({ took, roundTripMs, model, generation, fingerprint }) {
  const parts = [
    ["decode", took.decodeMs],
    ["embed", took.embedMs],
    ["search", took.searchMs],
  ].filter(([, ms]) => ms > 0);
  // Round trip, upload, JSON: what remains without the service's own work.
  parts.push(["rest", Math.max(0, roundTripMs - parts.reduce((sum, [, ms]) => sum + ms, 0))]);

  byId("cost-total").textContent = milliseconds(roundTripMs);
  byId("cost-bar").replaceChildren(...parts.map(([part, ms]) => {
    const share = make("span", { className: part });
    share.style.flexGrow = ms / roundTripMs;
    return share;
  }));
  byId("cost-parts").replaceChildren(...parts.map(([part, ms]) =>
    make("div", { className: part },
      make("dt", { text: part === "rest" ? "the rest" : part }),
      make("dd", { className: "figures", text: milliseconds(ms) }))));

  const answered = byId("cost-model");
  answered.textContent = `Answered by ${model}, generation ${count(generation)}`;
  answered.title = `Fingerprint ${fingerprint}`;
  byId("cost").hidden = false;
}
