// Sentences that a page brings for its script: `<li data-code="board_now">now</li>` in a hidden list.

export type Words = (code: string) => string;

/** The words of a page by code; a code without words is shown as it is. */
export function readWords(root: ParentNode): Words {
  const found = new Map<string, string>();
  for (const element of root.querySelectorAll<HTMLElement>("[data-words] [data-code]")) {
    found.set(element.dataset["code"] ?? "", element.textContent?.trim() ?? "");
  }
  return (code) => found.get(code) ?? code;
}

/** A sentence with its `{places}` filled. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
