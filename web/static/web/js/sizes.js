// Sizes and lasting times as people read them, in their language.
const language = document.documentElement.lang || undefined;
const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"];
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** Return a number of bytes in the largest unit that it fills: `5 GiB`, `1.5 MiB`. */
export function asSize(bytes) {
  if (bytes < 1024) return `${number.format(bytes)} B`;
  let shown = bytes / 1024;
  let unit = 0;
  while (shown >= 1023.95 && unit < UNITS.length - 1) {
    shown /= 1024;
    unit += 1;
  }
  return `${number.format(shown)} ${UNITS[unit]}`;
}

/** Return how long so many seconds last, in the unit that says enough: `40 sec`, `3 min`, `2 hr`. */
export function asLasting(seconds) {
  const [length, unit] = seconds < 60 ? [1, "second"] : seconds < 3600 ? [60, "minute"] : [3600, "hour"];
  const shown = Math.max(1, Math.round(seconds / length));
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(shown);
}
