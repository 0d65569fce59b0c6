// Runs before the first paint, to avoid a flash of the other theme: a classic script, because modules run later.
try {
  const theme = localStorage.getItem("dml-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the page follows the system.
}
