// How figures read on the page.

const grouped = new Intl.NumberFormat("en");

export const count = number => grouped.format(number);

export const pictureCount = number => `${count(number)} ${number === 1 ? "picture" : "pictures"}`;

/** Below 10 ms the first decimal still tells something; above, it only flickers. */
export const milliseconds = ms => `${ms < 10 ? ms.toFixed(1) : count(Math.round(ms))} ms`;
