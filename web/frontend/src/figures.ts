// Figures of a document shown on a page: an element with `data-figure="log.events"` shows
// the value found by that path.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The value at a path such as `promises.kept`; undefined if the document has none there. */
export function valueAt(document: Json, path: string): Json | undefined {
  let value: Json | undefined = document;
  for (const key of path.split(".")) {
    if (value === null || typeof value !== "object") return undefined;
    value = Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined;
  }
  return value;
}

/** A value as the page writes it: numbers in the reader's way, nothing as a dash. */
export function figure(value: Json | undefined, language: string): string {
  if (value === null || value === undefined || typeof value === "object") return "–";
  return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : String(value);
}

/** A share between 0 and 1 as a percentage with one decimal, never rounded up to 100 %. */
export function percentage(share: number | null, language: string): string {
  if (share === null) return "–";
  const tenths = share < 1 ? Math.min(Math.round(share * 1000), 999) : 1000;
  return new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1 }).format(tenths / 1000);
}
