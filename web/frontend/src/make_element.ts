// Building pieces of a page: text is always text, never markup.

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** An element with attributes (false, null and undefined: none) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

export interface Entry {
  readonly key: string;
  /** What the entry shows: it is built anew only when this changes. */
  readonly stamp: string;
  readonly build: () => HTMLElement;
}

/**
 * Lets `parent` show these entries in order. What has not changed is left alone, so that focus,
 * selection and place on the page stay.
 */
export function showEntries(parent: HTMLElement, entries: readonly Entry[]): void {
  const shown = new Map<string, HTMLElement>();
  for (const child of [...parent.children] as HTMLElement[]) shown.set(child.dataset["key"] ?? "", child);
  const wanted = new Set(entries.map((entry) => entry.key));
  for (const [key, child] of shown) if (!wanted.has(key)) child.remove();
  let next = parent.firstElementChild;
  for (const entry of entries) {
    let child = shown.get(entry.key);
    if (child === undefined) child = built(entry);
    else if (child.dataset["stamp"] !== entry.stamp) {
      const [old, stop] = [child, focusedStop(child)];
      child = built(entry);
      if (old === next) next = child;
      old.replaceWith(child);
      if (stop >= 0) focusStop(child, stop);
    }
    // what is in its place is not moved: moving takes the focus away
    if (child === next) next = child.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

function built(entry: Entry): HTMLElement {
  const child = entry.build();
  child.dataset["key"] = entry.key;
  child.dataset["stamp"] = entry.stamp;
  return child;
}

const STOPS = "button, a, input, select, textarea, [tabindex]";

/** Which of the places within an element that can have the focus has it; -1 if none. */
export function focusedStop(within: Element): number {
  return [...within.querySelectorAll(STOPS)].findIndex((stop) => stop === document.activeElement);
}

/** Gives the focus to the place with this number, or to the first where there are fewer. */
export function focusStop(within: Element, place: number): void {
  const stops = within.querySelectorAll<HTMLElement>(STOPS);
  (stops[place] ?? stops[0])?.focus();
}
