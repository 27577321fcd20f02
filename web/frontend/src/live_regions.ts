// Keeps the parts of a page that the server wrote as the server would write them now. An element
// with `data-live="name"` is replaced by its namesake of the page anew when the document at
// `data-status` has changed; one in which somebody is writing or reading on is left in peace. One
// that the page did not have yet takes its place, one that it no longer has goes. A link that has the
// focus has it afterwards too, wherever it stands then.
import { startPolling } from "./poll";

const POLL_MS = 5_000;

/** Whether nothing is lost when the element is written anew. */
export function isIdle(element: Element, focused: Element | null): boolean {
  if (focused !== null && element.contains(focused) && focused.matches("input, textarea, select, summary, button")) {
    return false;
  }
  return element.querySelector("details[open]") === null;
}

/** Where the regions of a page stand, in order: which are new (and after which of the page), and which are over. */
export function comingAndGoing(shown: readonly string[], wanted: readonly string[]): { coming: [string, string][]; going: string[] } {
  const coming = wanted.flatMap((name, place): [string, string][] => {
    const before = wanted[place - 1];
    return shown.includes(name) || before === undefined ? [] : [[name, before]];
  });
  return { coming, going: shown.filter((name) => !wanted.includes(name)) };
}

/** Writes what differs in `fresh` into the page; returns how many parts that were. */
export function refreshRegions(root: Document, fresh: Document): number {
  let written = 0;
  for (const element of regions(root)) {
    const newer = region(fresh, nameOf(element));
    if (newer === null || newer.innerHTML === element.innerHTML || !isIdle(element, root.activeElement)) continue;
    const link = focusedLink(element, root.activeElement);
    element.replaceChildren(...[...newer.childNodes].map((node) => root.importNode(node, true)));
    if (link !== null) namesake(element, link)?.focus({ preventScroll: true });
    written += 1;
  }
  const { coming, going } = comingAndGoing(regions(root).map(nameOf), regions(fresh).map(nameOf));
  for (const [name, before] of coming) {
    const newer = region(fresh, name);
    if (newer !== null) region(root, before)?.after(root.importNode(newer, true));
  }
  for (const name of going) {
    const over = region(root, name);
    if (over !== null && isIdle(over, root.activeElement)) over.remove();
  }
  return written + coming.length + going.length;
}

/** The address of the link in the element that has the focus, if one has. */
export function focusedLink(element: Element, focused: Element | null): string | null {
  return focused !== null && element.contains(focused) ? focused.getAttribute("href") : null;
}

function namesake(element: Element, address: string): HTMLElement | null {
  return element.querySelector<HTMLElement>(`a[href="${CSS.escape(address)}"]`);
}

function regions(root: Document): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("[data-live]")];
}

function region(root: Document, name: string): HTMLElement | null {
  return root.querySelector<HTMLElement>(`[data-live="${name}"]`);
}

function nameOf(element: HTMLElement): string {
  return element.dataset["live"] ?? "";
}

/** Follows the document at `data-status`; `onWritten` is called after something was written anew. */
export function followPage(onWritten: () => void): void {
  const source = document.querySelector<HTMLElement>("[data-live][data-status]");
  const url = source?.dataset["status"];
  if (url === undefined) return;
  async function refresh(): Promise<void> {
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    if (!answer.ok) {
      location.reload();
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (refreshRegions(document, fresh) > 0) onWritten();
  }
  startPolling({
    url,
    everyMs: POLL_MS,
    onChange: () => void refresh().catch(() => undefined),
    onAnswer: () => undefined,
    onSilence: () => undefined,
  });
}
