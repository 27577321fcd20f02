import { describe, expect, it } from "vitest";
import examples from "./report_form_examples.json";
import { readForm, type Fields } from "./report_form";

const NOW = Date.parse("2026-11-24T07:00:00Z");

/** The examples say NOW and NOW+30 (minutes) for instants. */
function instants(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(instants);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, instants(one)]));
  }
  const named = typeof value === "string" ? /^NOW(?:\+(\d+))?$/.exec(value) : null;
  return named ? new Date(NOW + Number(named[1] ?? 0) * 60_000).toISOString() : value;
}

describe("readForm", () => {
  it.each(examples.map((example) => [example.name, example] as const))("%s", (_name, example) => {
    expect(readForm(example.fields as unknown as Fields, NOW)).toEqual(instants(example.payload));
  });
});
