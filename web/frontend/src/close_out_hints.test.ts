import { describe, expect, it } from "vitest";
import { powerVerdict, rateVerdict } from "./close_out_hints";

const GPON = { low: -2700, high: -800, warning: 200 };

describe("powerVerdict", () => {
  it.each([
    [-1900, "good"],
    [-2499, "good"],
    [-2500, "warning"],
    [-2700, "warning"],
    [-2701, "bad"],
    [-1000, "warning"],
    [-799, "bad"],
  ] as const)("%i is %s", (cdbm, verdict) => {
    expect(powerVerdict(cdbm, GPON)).toBe(verdict);
  });
});

describe("rateVerdict", () => {
  it("says nothing before every measurement is there", () => {
    expect(rateVerdict([500_000, 500_000], 3, 500, 90)).toBeNull();
  });

  it.each([
    [[450_000, 450_000, 450_000], true],
    [[450_000, 450_000, 449_999], false],
    [[700_000, 300_000, 400_000], true],
  ])("%j against 90 %% of 500 Mbit/s", (kbps, isEnough) => {
    expect(rateVerdict(kbps, 3, 500, 90)).toMatchObject({ isEnough, least: 450_000 });
  });
});
