// Runs before the first paint, so that a chosen theme does not flash in: a classic script, since modules come later.
try {
  const theme = localStorage.getItem("dml-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system.
}
