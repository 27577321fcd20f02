// Asking a server again and again without moving what has not changed.

export interface Poll {
  readonly url: string;
  readonly everyMs: number;
  /** Called with each document that differs from the one before. */
  readonly onChange: (document: unknown) => void;
  /** Called after each answer, changed or not. */
  readonly onAnswer: () => void;
  /** Called when no answer came. */
  readonly onSilence: () => void;
}

/** The pause before the next question: doubled by each failure in a row, up to a minute. */
export function pauseMs(everyMs: number, failures: number): number {
  return Math.min(everyMs * 2 ** failures, Math.max(everyMs, 60_000));
}

/** Polls until the page goes away; rests while nobody looks at it. */
export function startPolling(poll: Poll): void {
  let tag: string | null = null;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(): Promise<void> {
    const headers: HeadersInit = tag === null ? {} : { "If-None-Match": tag };
    const answer = await fetch(poll.url, { headers, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (answer.status !== 304) {
      const document: unknown = await answer.json();
      tag = answer.headers.get("ETag");
      poll.onChange(document);
    }
  }

  async function turn(): Promise<void> {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      await ask();
      failures = 0;
      poll.onAnswer();
    } catch {
      failures += 1;
      poll.onSilence();
    }
    clearTimeout(timer);
    timer = setTimeout(() => void turn(), pauseMs(poll.everyMs, failures));
  }

  document.addEventListener("visibilitychange", () => void turn());
  timer = setTimeout(() => void turn(), poll.everyMs);
}
