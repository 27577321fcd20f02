// Keeps a board up to date: a stream says that something has happened, and the data are asked for
// with their tag. Without a stream they are asked for again and again.

export type Connection = "live" | "asking" | "silent";

export interface BoardNews {
  readonly stream: string;
  readonly data: string;
  /** Milliseconds between questions that nothing called for: time alone makes a promise urgent. */
  readonly everyMs: number;
  readonly onDocument: (document: unknown) => void;
  readonly onConnection: (connection: Connection) => void;
  /** Called when nobody is signed in any more. */
  readonly onSignedOut: () => void;
}

/** The least time between two questions, however much happens. */
export const LEAST_MS = 1_500;
/** How long a page whose stream was refused waits before it asks for one again. */
export const RETRY_MS = 60_000;

/** Follows the news until the page goes away; returns a function that asks for the data at once. */
export function followNews(news: BoardNews): () => Promise<void> {
  let tag: string | null = null;
  let isStreaming = false;
  let asked: Promise<void> | null = null;
  let askedAt = -Infinity;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  async function fetchOnce(): Promise<void> {
    askedAt = Date.now();
    try {
      const headers: HeadersInit = { Accept: "application/json", ...(tag === null ? {} : { "If-None-Match": tag }) };
      const answer = await fetch(news.data, { headers, cache: "no-store", signal: AbortSignal.timeout(15_000) });
      if (answer.status === 401) {
        news.onSignedOut();
        return;
      }
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        const document: unknown = await answer.json();
        tag = answer.headers.get("ETag");
        news.onDocument(document);
      }
      news.onConnection(isStreaming ? "live" : "asking");
    } catch {
      news.onConnection("silent");
    }
  }

  /** One question at a time. */
  function ask(): Promise<void> {
    asked ??= fetchOnce().finally(() => {
      asked = null;
    });
    return asked;
  }

  function askSoon(): void {
    if (waiting !== undefined || document.hidden) return;
    const pause = Math.max(0, askedAt + LEAST_MS - Date.now());
    waiting = setTimeout(() => {
      waiting = undefined;
      void ask();
    }, pause);
  }

  function listen(): void {
    const stream = new EventSource(news.stream);
    stream.addEventListener("open", () => {
      isStreaming = true;
    });
    stream.addEventListener("message", askSoon);
    stream.addEventListener("error", () => {
      isStreaming = false;
      news.onConnection("silent");
      askSoon();
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
    });
  }

  listen();
  setInterval(askSoon, news.everyMs);
  document.addEventListener("visibilitychange", askSoon);
  return ask;
}
