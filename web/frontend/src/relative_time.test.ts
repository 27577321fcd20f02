import { describe, expect, it } from "vitest";
import { businessNow, relativeTime } from "./relative_time";

const NOW = Date.parse("2026-11-02T08:00:00Z");
const after = (seconds: number) => NOW + seconds * 1000;

describe("relativeTime", () => {
  it.each([
    [0, "now"],
    [-5, "5 seconds ago"],
    [59, "in 59 seconds"],
    [60, "in 1 minute"],
    [-119, "1 minute ago"],
    [7_199, "in 1 hour"],
    [-86_400, "yesterday"],
    [3 * 86_400, "in 3 days"],
  ])("says %i seconds from now as “%s”", (seconds, words) => {
    expect(relativeTime(after(seconds), NOW, "en")).toBe(words);
  });

  it("speaks the reader's language", () => {
    expect(relativeTime(after(-120), NOW, "zh-Hans")).toBe("2分钟前");
    expect(relativeTime(after(120), NOW, "zh-Hant")).toBe("2 分鐘後");
  });
});

describe("businessNow", () => {
  it("is the machine's time unless the operator's clock says otherwise", () => {
    expect(businessNow(null, NOW)).toBe(NOW);
  });

  it("runs at its own rate from its own epoch", () => {
    const clock = {
      epoch_machine_at: "2026-11-02T07:59:50Z",
      epoch_business_at: "2026-06-01T00:00:00Z",
      rate_permille: 60_000,
    };
    expect(new Date(businessNow(clock, NOW)).toISOString()).toBe("2026-06-01T00:10:00.000Z");
  });
});
