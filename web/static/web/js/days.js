// Headings between the days of a list, as the reader's clock has them.
const language = document.documentElement.lang || undefined;
const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const far = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const DAY = 86_400_000; // milliseconds

export function headDays(root = document) {
  const list = root.querySelector("[data-days]") ?? root.closest?.("[data-days]");
  if (!list) return;
  for (const heading of list.querySelectorAll(".note-day")) heading.remove();
  let day = "";
  for (const row of list.querySelectorAll(".note")) {
    const name = dayOf(new Date(row.querySelector("time").dateTime));
    if (name !== day) row.before(headingOf(name));
    day = name;
  }
}

function dayOf(moment) {
  const days = Math.round((midnightOf(moment) - midnightOf(new Date())) / DAY); // summer time makes some days longer
  return days > -2 ? near.format(days, "day") : far.format(moment);
}

const midnightOf = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());

function headingOf(name) {
  const row = document.createElement("li");
  row.className = "note-day";
  const heading = document.createElement("h2");
  heading.textContent = name;
  row.append(heading);
  return row;
}
