// Business time on a phone whose own clock may be wrong: corrected by what the server last said.
import { businessNow, type BusinessClock } from "./relative_time";

export class PhoneClock {
  readonly #clock: BusinessClock | null;
  #offMs = 0;

  constructor(clock: BusinessClock | null) {
    this.#clock = clock;
  }

  /** The server has just said what time it is. */
  hear(said: string | undefined): void {
    const instant = Date.parse(said ?? "");
    if (!Number.isNaN(instant)) this.#offMs = instant - businessNow(this.#clock, Date.now());
  }

  now(): number {
    return businessNow(this.#clock, Date.now()) + this.#offMs;
  }

  iso(): string {
    return new Date(this.now()).toISOString();
  }
}
