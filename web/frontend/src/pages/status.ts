// Keeps the status page true: the server wrote it once, this writes what has changed since.
import "../style/base.css";
import "../style/status.css";
import { figure, percentage, valueAt, type Json } from "../figures";
import { startPolling, type Poll } from "../poll";
import { businessNow, refreshTimes, type BusinessClock } from "../relative_time";

const POLL_MS = 5_000;
const TICK_MS = 1_000;

const language = document.documentElement.lang || "en";
const clockElement = document.querySelector<HTMLElement>("[data-business-clock]");
const clock = JSON.parse(clockElement?.dataset["businessClock"] ?? "null") as BusinessClock | null;
const connection = document.querySelector<HTMLElement>("[data-connection]");

function write(element: Element, words: string): void {
  if (element.textContent === words) return;
  element.textContent = words;
  element.classList.remove("changed");
  void (element as HTMLElement).offsetWidth; // starts the animation again
  element.classList.add("changed");
}

function showFigures(report: Json): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-figure]")) {
    write(element, figure(valueAt(report, element.dataset["figure"] ?? ""), language));
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-share]")) {
    const share = valueAt(report, element.dataset["share"] ?? "");
    write(element, percentage(typeof share === "number" ? share : null, language));
  }
}

function showInstants(report: Json): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-instant]")) {
    const instant = valueAt(report, element.dataset["instant"] ?? "");
    element.dateTime = typeof instant === "string" ? instant : "";
    if (typeof instant !== "string") element.textContent = "–";
  }
}

/** What cannot be patched figure by figure has another shape now: take the server's page. */
function hasOtherShape(report: Json): boolean {
  const shape = document.querySelector<HTMLElement>("[data-shape]")?.dataset["shape"];
  return shape !== undefined && valueAt(report, "shape") !== shape;
}

function sayConnection(isAnswering: boolean): void {
  const words = connection?.dataset[isAnswering ? "answering" : "silent"];
  if (connection && words && connection.textContent !== words) connection.textContent = words;
}

const polling: Poll = {
  url: "/healthz.json",
  everyMs: POLL_MS,
  onChange: (received) => {
    const report = received as Json;
    if (hasOtherShape(report)) {
      location.reload();
      return;
    }
    showFigures(report);
    showInstants(report);
    showTimes();
  },
  onAnswer: () => sayConnection(true),
  onSilence: () => sayConnection(false),
};

// whoever is not signed in sees the verdict only, and asks for no figures
if (document.querySelector("[data-shape]")) startPolling(polling);

function showTimes(): void {
  const machine = Date.now();
  refreshTimes(document, { machine, business: businessNow(clock, machine) }, language);
}

showTimes();
setInterval(showTimes, TICK_MS);
