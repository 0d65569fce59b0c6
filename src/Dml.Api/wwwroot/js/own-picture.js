// A picture of the visitor's own that is not an item: if the visitor wants it kept, its hits can be judged too.

import { givePictureFeedback, learning, takeAllFeedbackBack, takeFeedbackBack } from "./api.js";
import { byId, showText } from "./elements.js";

// By the picture's number in this tab: { isKept, name, said }; `name` is the service's, from the first verdict on.
const pictures = new Map();

const box = byId("keep-picture");
let shown;

function stateOf(number) {
  if (!pictures.has(number)) pictures.set(number, { isKept: false, name: undefined, said: new Map() });
  return pictures.get(number);
}

/** The picture as a query of verdicts (see verdicts.js); undefined while the visitor does not want it kept. */
export function ownQuery(number, file) {
  const state = stateOf(number);
  return state.isKept ? {
    said: hit => state.said.get(hit),
    give: async (hit, right) => {
      state.name = (await givePictureFeedback(file, hit, right)).picture;
      state.said.set(hit, right);
    },
    takeBack: async hit => {
      await takeFeedbackBack(state.name, hit);
      state.said.delete(hit);
    },
  } : undefined;
}

/** Offers to keep the picture, if the service keeps any; `onChange` is called when the visitor has decided. */
export async function offerToKeep(number, onChange) {
  hideOffer();
  shown = { number, onChange };
  const mine = shown;
  try {
    const { keepsPictures } = await learning();
    if (shown !== mine) return;
    box.checked = stateOf(number).isKept;
    byId("keep").hidden = !keepsPictures;
  } catch {
    // Without an answer nothing is offered: a search reports what is wrong.
  }
}

export function hideOffer() {
  shown = undefined;
  byId("keep").hidden = true;
  showText(byId("keep-problem"), null);
}

box.addEventListener("change", async () => {
  const { number, onChange } = shown;
  const state = stateOf(number);
  showText(byId("keep-problem"), null);
  try {
    // What was kept goes with the wish.
    if (!box.checked && state.said.size > 0) await takeAllFeedbackBack(state.name);
    if (!box.checked) state.said.clear();
    state.isKept = box.checked;
    onChange();
  } catch (error) {
    box.checked = state.isKept;
    showText(byId("keep-problem"), error.message);
  }
});
