import { describe, expect, it } from "vitest";
import { figure, percentage, valueAt } from "./figures";

describe("valueAt", () => {
  const report = { log: { events: 12, readers: [{ name: "ledger" }] }, operator: null };

  it("follows a path", () => {
    expect(valueAt(report, "log.events")).toBe(12);
    expect(valueAt(report, "log.readers.0.name")).toBe("ledger");
  });

  it("finds nothing where there is nothing", () => {
    expect(valueAt(report, "log.parked")).toBeUndefined();
    expect(valueAt(report, "operator.name")).toBeUndefined();
    expect(valueAt(report, "log.constructor")).toBeUndefined();
  });
});

describe("figure", () => {
  it("groups digits and shows nothing as a dash", () => {
    expect(figure(12_345, "en")).toBe("12,345");
    expect(figure(0, "en")).toBe("0");
    expect(figure(null, "en")).toBe("–");
    expect(figure(undefined, "en")).toBe("–");
  });
});

describe("percentage", () => {
  it.each([
    [1, "100.0%"],
    [0.9999, "99.9%"],
    [0.972, "97.2%"],
    [0, "0.0%"],
    [null, "–"],
  ])("writes %s as %s", (share, words) => {
    expect(percentage(share, "en")).toBe(words);
  });
});
