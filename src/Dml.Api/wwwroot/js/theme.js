// Light or dark: follows the system until the user switches, and again after switching back to what the system uses.

import { byId } from "./elements.js";

const storage = "dml-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function listenToTheme() {
  const button = byId("theme");
  const mark = () => {
    const other = isDark() ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to ${other} colours`);
    button.title = `Switch to ${other} colours`;
    document.dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    choose(isDark() ? "light" : "dark");
    mark();
  });
  system.addEventListener("change", mark);
  mark();
}

const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

function choose(theme) {
  const asSystem = theme === (system.matches ? "dark" : "light");
  if (asSystem) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (asSystem) localStorage.removeItem(storage);
    else localStorage.setItem(storage, theme);
  } catch {
    // Then it applies to this page only.
  }
}
