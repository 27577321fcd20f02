// Simulated handsets: what is new since this browser last looked, and a thread that grows by itself.
import "../style/base.css";
import "../style/handsets.css";
import { followPage } from "../live_regions";

const SEEN = "handsets-seen";

type Seen = Record<string, number>;

function seen(): Seen {
  try {
    return JSON.parse(localStorage.getItem(SEEN) ?? "{}") as Seen;
  } catch {
    return {};
  }
}

function mark(): void {
  const known = seen();
  for (const link of document.querySelectorAll<HTMLElement>("[data-handset]")) {
    const latest = Number(link.dataset["latest"]);
    const isNew = latest > (known[link.dataset["handset"] ?? ""] ?? 0);
    link.classList.toggle("new", isNew);
    const chip = link.querySelector(".handset-new");
    if (isNew && chip === null) {
      const words = document.createElement("span");
      words.className = "handset-new";
      words.textContent = link.dataset["new"] ?? "";
      link.prepend(words);
    } else if (!isNew) chip?.remove();
  }
}

// A handset that is opened from the list has been looked at.
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLElement>("[data-handset]");
  if (link === null) return;
  localStorage.setItem(SEEN, JSON.stringify({ ...seen(), [link.dataset["handset"] ?? ""]: Number(link.dataset["latest"]) }));
});

function toNewest(): void {
  const screen = document.querySelector<HTMLElement>("[data-bottom]");
  if (screen) screen.scrollTop = screen.scrollHeight;
}

mark();
toNewest();
followPage(() => {
  mark();
  toNewest();
});
