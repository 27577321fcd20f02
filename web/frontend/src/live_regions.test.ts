import { expect, test } from "vitest";
import { comingAndGoing, focusedLink, isIdle } from "./live_regions";

function region(options: { holds?: Element; isOpen?: boolean }): Element {
  return {
    contains: (other: Element | null) => other !== null && other === options.holds,
    querySelector: () => (options.isOpen ? ({} as Element) : null),
  } as unknown as Element;
}

function field(selector: string): Element {
  return { matches: (wanted: string) => wanted.split(", ").includes(selector) } as unknown as Element;
}

test("a part in which somebody writes is left in peace", () => {
  const input = field("input");
  expect(isIdle(region({ holds: input }), input)).toBe(false);
  expect(isIdle(region({}), input)).toBe(true);
});

test("a part that somebody has opened is left in peace", () => {
  expect(isIdle(region({ isOpen: true }), null)).toBe(false);
  expect(isIdle(region({}), null)).toBe(true);
});

test("what is only looked at is written anew", () => {
  const list = field("ul");
  expect(isIdle(region({ holds: list }), list)).toBe(true);
});

test("a link that has the focus is found again by its address", () => {
  const link = { getAttribute: () => "/console/plans/7" } as unknown as Element;
  expect(focusedLink(region({ holds: link }), link)).toBe("/console/plans/7");
  expect(focusedLink(region({}), link)).toBeNull();
  expect(focusedLink(region({ holds: link }), null)).toBeNull();
});

test("a part that comes takes its place after the one before it, and one that is over goes", () => {
  const { coming, going } = comingAndGoing(["now", "choices", "promises", "visits"], ["now", "choices", "rating", "promises", "cases"]);
  expect(coming).toEqual([
    ["rating", "choices"],
    ["cases", "promises"],
  ]);
  expect(going).toEqual(["visits"]);
});

test("several parts that come stand in their order", () => {
  expect(comingAndGoing(["now"], ["now", "rating", "promises"]).coming).toEqual([
    ["rating", "now"],
    ["promises", "rating"],
  ]);
});
