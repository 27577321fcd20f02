import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pauseMs, startPolling } from "./poll";

describe("pauseMs", () => {
  it("doubles after each failure, up to a minute", () => {
    expect([0, 1, 2, 3, 4, 10].map((failures) => pauseMs(5_000, failures))).toEqual([
      5_000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
  });
});

describe("startPolling", () => {
  const page = { hidden: false, addEventListener: vi.fn() };
  const heard = { onChange: vi.fn(), onAnswer: vi.fn(), onSilence: vi.fn() };
  const answers = vi.fn<typeof fetch>();

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("document", page);
    vi.stubGlobal("fetch", answers);
    page.hidden = false;
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.clearAllMocks();
    answers.mockReset();
  });

  const start = () => startPolling({ url: "/healthz.json", everyMs: 5_000, ...heard });
  const document = (body: object, tag: string) => Response.json(body, { headers: { ETag: tag } });

  it("sends the tag back and reports only what has changed", async () => {
    answers.mockResolvedValueOnce(document({ orders: 1 }, '"a"'));
    answers.mockResolvedValueOnce(new Response(null, { status: 304 }));
    start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(heard.onChange).toHaveBeenCalledExactlyOnceWith({ orders: 1 });
    expect(heard.onAnswer).toHaveBeenCalledTimes(2);
    expect(answers.mock.calls[1]?.[1]?.headers).toEqual({ "If-None-Match": '"a"' });
  });

  it("says when nobody answers and asks less often", async () => {
    answers.mockRejectedValue(new TypeError("offline"));
    start();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(heard.onSilence).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(heard.onSilence).toHaveBeenCalledTimes(2);
  });

  it("rests while the page is hidden", async () => {
    page.hidden = true;
    start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).not.toHaveBeenCalled();
  });
});
