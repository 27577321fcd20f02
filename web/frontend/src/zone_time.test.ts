import { describe, expect, it } from "vitest";
import { clockTime, dayIn, hoursAndMinutes, offsetMinutes, timeNear } from "./zone_time";

const at = (text: string) => Date.parse(text);

describe("wall clocks of a territory", () => {
  it("are read wherever the reader sits, with 24 hours", () => {
    expect(clockTime(at("2026-11-24T16:05:00Z"), "Asia/Shanghai")).toBe("00:05");
    expect(dayIn(at("2026-11-24T16:05:00Z"), "Asia/Shanghai")).toBe("2026-11-25");
  });

  it("name the day only when it is another one", () => {
    const now = at("2026-11-24T08:00:00Z");
    expect(timeNear(at("2026-11-24T09:00:00Z"), now, "Asia/Shanghai")).toBe("17:00");
    expect(timeNear(at("2026-11-25T01:00:00Z"), now, "Asia/Shanghai")).toBe("11-25 09:00");
  });

  it("know summer time", () => {
    expect(offsetMinutes(at("2026-01-15T12:00:30Z"), "Europe/London")).toBe(0);
    expect(offsetMinutes(at("2026-07-15T12:00:30Z"), "Europe/London")).toBe(60);
    expect(offsetMinutes(at("2026-07-15T12:00:30Z"), "Asia/Shanghai")).toBe(480);
  });
});

describe("hoursAndMinutes", () => {
  it.each([
    [0, "0:00"],
    [65 * 60_000, "1:05"],
    [-5, "0:00"],
  ])("writes %i as %s", (milliseconds, words) => {
    expect(hoursAndMinutes(milliseconds)).toBe(words);
  });
});
