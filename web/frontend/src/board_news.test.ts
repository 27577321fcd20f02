import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followNews, LEAST_MS, RETRY_MS } from "./board_news";

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static readonly opened: Stream[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }
}

describe("followNews", () => {
  const page = { hidden: false, addEventListener: vi.fn() };
  const heard = { onDocument: vi.fn(), onConnection: vi.fn(), onSignedOut: vi.fn() };
  const answers = vi.fn<typeof fetch>();
  const stream = () => Stream.opened.at(-1) as Stream;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("document", page);
    vi.stubGlobal("fetch", answers);
    vi.stubGlobal("EventSource", Stream);
    page.hidden = false;
    Stream.opened.length = 0;
    answers.mockImplementation(async () => Response.json({ rows: [] }, { headers: { ETag: '"a"' } }));
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.clearAllMocks();
    answers.mockReset();
  });

  const start = () => followNews({ stream: "/live", data: "/day.json", everyMs: 15_000, ...heard });

  it("asks when there is news, with the tag, and not more often than is good", async () => {
    start();
    stream().dispatchEvent(new Event("open"));
    for (let n = 0; n < 5; n += 1) stream().dispatchEvent(new Event("message"));
    await vi.advanceTimersByTimeAsync(0);
    expect(answers).toHaveBeenCalledTimes(1);
    expect(heard.onConnection).toHaveBeenLastCalledWith("live");
    answers.mockImplementation(async () => new Response(null, { status: 304 }));
    stream().dispatchEvent(new Event("message"));
    await vi.advanceTimersByTimeAsync(LEAST_MS - 1);
    expect(answers).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(answers).toHaveBeenCalledTimes(2);
    expect(answers.mock.calls[1]?.[1]?.headers).toMatchObject({ "If-None-Match": '"a"' });
    expect(heard.onDocument).toHaveBeenCalledTimes(1);
  });

  it("asks again and again where a stream is refused, and tries for one later", async () => {
    start();
    stream().readyState = Stream.CLOSED;
    stream().dispatchEvent(new Event("error"));
    expect(heard.onConnection).toHaveBeenLastCalledWith("silent");
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.onConnection).toHaveBeenLastCalledWith("asking");
    await vi.advanceTimersByTimeAsync(15_001);
    expect(answers).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(Stream.opened).toHaveLength(2);
  });

  it("says when nobody answers, and when nobody is signed in", async () => {
    const ask = start();
    answers.mockRejectedValueOnce(new TypeError("offline"));
    await ask();
    expect(heard.onConnection).toHaveBeenLastCalledWith("silent");
    answers.mockResolvedValueOnce(Response.json({}, { status: 503 }));
    await ask();
    expect(heard.onConnection).toHaveBeenLastCalledWith("silent");
    answers.mockResolvedValueOnce(Response.json({}, { status: 401 }));
    await ask();
    expect(heard.onSignedOut).toHaveBeenCalledOnce();
    expect(heard.onDocument).not.toHaveBeenCalled();
  });

  it("rests while nobody looks", async () => {
    start();
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).not.toHaveBeenCalled();
  });
});
