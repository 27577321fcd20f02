// The sentences of a phone's page: the server has said them all, in the reader's language.

/** A sentence with its `{places}` filled. */
export function words(text: string | undefined, values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).reduce((said, [name, value]) => said.replaceAll(`{${name}}`, String(value)), text ?? "");
}

/** The name of a code in one of the page's lists (`report-names`, `status-names`). */
export function named(list: string, name: string): string {
  return document.querySelector(`[data-${list}] [data-name="${CSS.escape(name)}"]`)?.textContent ?? name;
}

/** Writes only what is different: what is read aloud must not be said again. */
export function write(element: Element | null | undefined, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

export function show(element: Element | null | undefined, isShown: boolean): void {
  if (element instanceof HTMLElement && element.hidden === isShown) element.hidden = !isShown;
}

/** `4:07` for a time that is left. */
export function minutesAndSeconds(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
