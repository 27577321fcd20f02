// What a technician has reported and the server has not taken yet: kept on the phone, in order.
//
// Each report lies under a key of its own, so that two pages open at once do not overwrite
// each other's. A report leaves the outbox only when the server has said that it is taken.

export interface KeptReport {
  readonly sequence: number;
  readonly kind: string;
  readonly device_at: string;
  readonly visit_id: number | null;
  readonly payload: Record<string, unknown>;
}

/** As much of `localStorage` as is needed. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Numbers follow the machine's clock, as those of the server's plain forms do. */
const STEPS_PER_MS = 100;

export class Outbox {
  readonly #shelf: Shelf;
  readonly #key: string;

  /** `technician` keeps apart the reports of several people who use one phone. */
  constructor(shelf: Shelf, technician: string) {
    this.#shelf = shelf;
    this.#key = `punctual.outbox.${technician}.`;
  }

  /** Keep one report; it is on the phone when this returns. */
  add(report: Omit<KeptReport, "sequence">, machineNow: number): KeptReport {
    const kept: KeptReport = { sequence: this.#next(machineNow), ...report };
    this.#shelf.setItem(this.#key + String(kept.sequence), JSON.stringify(kept));
    return kept;
  }

  /** Everything that was not taken yet, in the order in which it was reported. */
  waiting(): KeptReport[] {
    const found: KeptReport[] = [];
    for (let place = 0; place < this.#shelf.length; place += 1) {
      const key = this.#shelf.key(place);
      if (key === null || !key.startsWith(this.#key) || key === this.#lastKey) continue;
      const report = readKept(this.#shelf.getItem(key));
      if (report) found.push(report);
    }
    return found.sort((one, other) => one.sequence - other.sequence);
  }

  /** The server has these: forget them here. */
  settle(sequences: Iterable<number>): void {
    for (const sequence of sequences) this.#shelf.removeItem(this.#key + String(sequence));
  }

  get #lastKey(): string {
    return `${this.#key}last`;
  }

  #next(machineNow: number): number {
    const last = Number(this.#shelf.getItem(this.#lastKey) ?? 0);
    const next = Math.max(Math.floor(machineNow) * STEPS_PER_MS, last + 1);
    this.#shelf.setItem(this.#lastKey, String(next));
    return next;
  }
}

function readKept(text: string | null): KeptReport | null {
  try {
    const report = JSON.parse(text ?? "null") as KeptReport | null;
    return report !== null && typeof report.sequence === "number" ? report : null;
  } catch {
    return null;
  }
}
