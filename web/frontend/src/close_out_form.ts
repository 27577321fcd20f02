// The close-out while it is being filled in: limits at once, and before it goes, what it lacks.
import { lackingIn, powerVerdict, rateVerdict } from "./close_out_hints";
import { show, words, write } from "./phone_texts";
import { readForm } from "./report_form";

/** Say how what was entered stands to its limits. */
export function hint(form: HTMLFormElement): void {
  takeBackLacking(form);
  hintPower(form);
  hintRate(form);
  for (const group of form.querySelectorAll<HTMLElement>("[data-most]")) {
    const boxes = [...group.querySelectorAll<HTMLInputElement>('[name="p.conveniences:list"]')];
    const isFull = boxes.filter((box) => box.checked).length >= Number(group.dataset["most"]);
    for (const box of boxes) box.disabled = isFull && !box.checked;
  }
}

/** Whether the form may go: what it lacks is said once, the second time it goes as it is. */
export function mayGo(form: HTMLFormElement): boolean {
  const lacking = lackingIn(form);
  const box = form.querySelector<HTMLElement>("[data-missing]");
  const said = lacking.join("|");
  if (lacking.length === 0 || !box || form.dataset["saidLacking"] === said) return true;
  form.dataset["saidLacking"] = said;
  const items = lacking.map((label) => {
    const item = document.createElement("li");
    item.textContent = label;
    return item;
  });
  box.querySelector("[data-missing-list]")?.replaceChildren(...items);
  show(box, true);
  const button = form.querySelector<HTMLElement>("[data-words-anyway]");
  if (button) button.dataset["wordsUsual"] ??= button.textContent ?? "";
  write(button, button?.dataset["wordsAnyway"] ?? "");
  box.focus();
  return false;
}

/** Something was filled in since: what lacks is said anew when the form is to go. */
function takeBackLacking(form: HTMLFormElement): void {
  if (form.dataset["saidLacking"] === undefined || form.dataset["saidLacking"] === lackingIn(form).join("|")) return;
  delete form.dataset["saidLacking"];
  show(form.querySelector("[data-missing]"), false);
  const button = form.querySelector<HTMLElement>("[data-words-anyway]");
  write(button, button?.dataset["wordsUsual"] ?? "");
}

function hintPower(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>("[data-power-hint]");
  const kind = form.querySelector<HTMLSelectElement>("#optical-kind")?.selectedOptions[0];
  if (!place || !kind) return;
  const [power] = numbers(form, "[data-power]", "cdbm");
  const [low, high] = [Number(kind.dataset["low"]), Number(kind.dataset["high"])];
  const verdict = power === undefined ? "" : powerVerdict(power, { low, high, warning: Number(place.dataset["warningCdbm"]) });
  place.dataset["verdict"] = verdict;
  write(place, verdict ? words(place.dataset[verdict], { low: low / 100, high: high / 100 }) : "");
}

function hintRate(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>("[data-rate-hint]");
  if (!place) return;
  const wanted = form.querySelectorAll("[data-rate]").length;
  const share = Number(place.dataset["sharePercent"]);
  const found = rateVerdict(numbers(form, "[data-rate]", "mbps"), wanted, Number(form.dataset["contractedMbps"]), share);
  const verdict = found === null ? "" : found.isEnough ? "good" : "bad";
  place.dataset["verdict"] = verdict;
  const values = { average: mbps(found?.average ?? 0), least: mbps(found?.least ?? 0) };
  write(place, verdict ? words(place.dataset[verdict], values) : "");
}

function mbps(kbps: number): number {
  return Math.round(kbps / 100) / 10;
}

/** What is entered in these inputs, as it would be sent. */
function numbers(form: HTMLFormElement, selector: string, unit: string): number[] {
  const inputs = [...form.querySelectorAll<HTMLInputElement>(selector)].filter((input) => input.validity.valid);
  const values = inputs.map((input) => readForm([[`p.value:${unit}`, input.value]], 0)["value"]);
  return values.filter((value): value is number => typeof value === "number");
}
