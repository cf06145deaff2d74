// Moments come in UTC; here they are shown as the reader's clock and language have them.
const language = document.documentElement.lang || undefined;
const styles = {
  moment: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
  date: new Intl.DateTimeFormat(language, { dateStyle: "medium" }),
};
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

/** Return a moment as the reader says it: `moment`, `date` or `ago`. */
export function asText(date, style) {
  if (style !== "ago") return (styles[style] ?? styles.moment).format(date);
  const seconds = (date - Date.now()) / 1000;
  const unit = units.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? relative.format(Math.round(seconds / unit[1]), unit[0]) : relative.format(0, "minute");
}

export function showMoments(root) {
  for (const time of root.querySelectorAll("time[data-when]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    time.textContent = asText(date, time.dataset.when);
    time.title = styles.moment.format(date);
  }
}
