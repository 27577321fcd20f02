// A half-filled form survives a reload: what was entered stays on the phone until it is sent.
import type { Fields } from "./report_form";

/** What belongs to the page that was loaded, not to what somebody entered. */
const OF_THE_PAGE = new Set(["csrf_token", "kind", "sequence"]);

export function fieldsOf(form: HTMLFormElement, button: HTMLElement | null = null): Fields {
  const fields: [string, string][] = [];
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.push([name, value]);
  if (button instanceof HTMLButtonElement && button.name) fields.push([button.name, button.value]);
  return fields;
}

export function keepDraft(form: HTMLFormElement, owner: string): void {
  form.dataset["dirty"] = "";
  if ("draft" in form.dataset) localStorage.setItem(key(form, owner), JSON.stringify(fieldsOf(form)));
}

export function dropDraft(form: HTMLFormElement, owner: string): void {
  delete form.dataset["dirty"];
  localStorage.removeItem(key(form, owner));
}

export function takeUpDraft(form: HTMLFormElement, owner: string): void {
  const fields = JSON.parse(localStorage.getItem(key(form, owner)) ?? "[]") as Fields;
  for (const [name, value] of fields) if (!OF_THE_PAGE.has(name)) enter(form, name, value);
  if (fields.length > 0) form.dataset["dirty"] = "";
}

/** Whoever signs out leaves nothing half-written behind. */
export function dropDraftsOf(technician: string): void {
  const keys = Array.from({ length: localStorage.length }, (_, place) => localStorage.key(place) ?? "");
  for (const one of keys) if (one.startsWith(`punctual.draft.${technician}.`)) localStorage.removeItem(one);
}

function key(form: HTMLFormElement, owner: string): string {
  return `punctual.draft.${owner}.${form.dataset["draft"] ?? ""}`;
}

function enter(form: HTMLFormElement, name: string, value: string): void {
  for (const input of form.elements) {
    if (input instanceof HTMLInputElement && (input.type === "radio" || input.type === "checkbox")) {
      if (input.name === name && (input.value === value || "whenTicked" in input.dataset)) input.checked = true;
      if (input.name === name && "whenTicked" in input.dataset) input.value = value;
    } else if (isWritten(input) && input.name === name) input.value = value;
  }
}

function isWritten(input: Element): input is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  if (input instanceof HTMLInputElement) return input.type !== "hidden";
  return input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement;
}
