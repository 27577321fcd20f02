import { describe, expect, it } from "vitest";
import { fill } from "./page_words";

describe("fill", () => {
  it("fills places by name and leaves unknown ones", () => {
    expect(fill("{a} of {b}, {c}", { a: 1, b: "two" })).toBe("1 of two, {c}");
  });

  it("takes values literally", () => {
    expect(fill("{a}", { a: "$& {b}" })).toBe("$& {b}");
  });
});
