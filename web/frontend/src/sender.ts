// Hands over what the outbox holds: in order, again and again until it is taken, never pretending.
import { pauseMs } from "./poll";
import type { KeptReport, Outbox } from "./outbox";

export interface Taken {
  readonly sequence: number;
  readonly outcome: string | null;
  readonly reason?: string | null;
  readonly case_id?: number | null;
}

export interface Conflict {
  readonly sequence: number;
  readonly case_number: string | null;
}

export interface Answer {
  readonly taken?: readonly Taken[];
  /** Business time at the server. */
  readonly now?: string;
  readonly day?: { readonly mark?: string; readonly conflicts?: readonly Conflict[] };
  readonly error?: string;
}

export type SendingState = "idle" | "waiting" | "sending" | "offline" | "signed-out";

export interface SenderParts {
  readonly outbox: Outbox;
  readonly url: string;
  readonly device: string;
  readonly token: () => string;
  /** The device's idea of business time, as ISO 8601. */
  readonly now: () => string;
  readonly onState: (state: SendingState, count: number) => void;
  readonly onTaken: (sent: readonly KeptReport[], taken: readonly Taken[], answer: Answer) => void;
}

const MOST_AT_ONCE = 50;
const FIRST_PAUSE_MS = 2_000;
const PATIENCE_MS = 20_000;

export class Sender {
  readonly #parts: SenderParts;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSending = false;
  #isWanted = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Send now what waits; what is reported meanwhile follows. */
  async send(heartbeat = false): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isSending) {
      this.#isWanted = true;
      return;
    }
    this.#isSending = true;
    try {
      do {
        this.#isWanted = false;
        await alone(() => this.#handOver(heartbeat));
      } while (this.#isWanted || this.#isGoingOn());
    } finally {
      this.#isSending = false;
    }
  }

  /** Say how things stand without sending. */
  say(): void {
    const count = this.#parts.outbox.waiting().length;
    this.#parts.onState(count === 0 ? "idle" : "waiting", count);
  }

  #isGoingOn(): boolean {
    return this.#failures === 0 && this.#parts.outbox.waiting().length > 0;
  }

  async #handOver(heartbeat: boolean): Promise<void> {
    const batch = this.#parts.outbox.waiting().slice(0, MOST_AT_ONCE);
    if (batch.length === 0 && !heartbeat) {
      this.say();
      return;
    }
    if (batch.length > 0) this.#parts.onState("sending", batch.length);
    const answer = await this.#ask(batch);
    if (answer === "signed-out") {
      this.#failures += 1;
      this.#parts.onState("signed-out", this.#parts.outbox.waiting().length);
    } else if (answer === null || answer.taken === undefined) {
      this.#tryLater();
    } else {
      this.#failures = 0;
      this.#parts.outbox.settle(answer.taken.map((one) => one.sequence));
      this.#parts.onTaken(batch, answer.taken, answer);
      this.say();
    }
  }

  async #ask(batch: readonly KeptReport[]): Promise<Answer | "signed-out" | null> {
    try {
      const answer = await fetch(this.#parts.url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.#parts.token() },
        body: JSON.stringify({ device_id: this.#parts.device, device_now: this.#parts.now(), reports: batch }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.status === 401) return "signed-out";
      return (await answer.json()) as Answer;
    } catch {
      return null;
    }
  }

  #tryLater(): void {
    this.#failures += 1;
    this.#parts.onState("offline", this.#parts.outbox.waiting().length);
    this.#timer = setTimeout(() => void this.send(), pauseMs(FIRST_PAUSE_MS, this.#failures));
  }
}

/** One page of the browser at a time, where the browser knows how. */
async function alone(work: () => Promise<void>): Promise<void> {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  if (locks === undefined) await work();
  else await locks.request("punctual-outbox", work);
}
