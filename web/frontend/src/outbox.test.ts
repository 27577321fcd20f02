import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox, type KeptReport, type Shelf } from "./outbox";
import { Sender, type SendingState, type Taken } from "./sender";

class MemoryShelf implements Shelf {
  readonly #kept = new Map<string, string>();
  get length(): number {
    return this.#kept.size;
  }
  key(place: number): string | null {
    return [...this.#kept.keys()][place] ?? null;
  }
  getItem(key: string): string | null {
    return this.#kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#kept.set(key, value);
  }
  removeItem(key: string): void {
    this.#kept.delete(key);
  }
}

const report = (kind: string, visit = 12) => ({
  kind,
  device_at: "2026-11-24T07:00:00.000Z",
  visit_id: visit,
  payload: {},
});
const kinds = (reports: readonly KeptReport[]) => reports.map((one) => one.kind);

describe("Outbox", () => {
  let shelf: MemoryShelf;

  beforeEach(() => {
    shelf = new MemoryShelf();
  });

  it("keeps what was reported in order, whatever the clock does", () => {
    const outbox = new Outbox(shelf, "2");
    const first = outbox.add(report("accepted"), 5_000);
    const second = outbox.add(report("set_off"), 5_000);
    const third = outbox.add(report("arrived"), 1_000);
    expect(kinds(outbox.waiting())).toEqual(["accepted", "set_off", "arrived"]);
    expect(first.sequence).toBe(500_000);
    expect(second.sequence).toBe(500_001);
    expect(third.sequence).toBe(500_002);
  });

  it("survives a reload of the page", () => {
    new Outbox(shelf, "2").add(report("accepted"), 1);
    const again = new Outbox(shelf, "2");
    expect(kinds(again.waiting())).toEqual(["accepted"]);
    expect(again.add(report("set_off"), 1).sequence).toBeGreaterThan(again.waiting()[0]?.sequence ?? Infinity);
  });

  it("does not lose what another page of the same phone has kept meanwhile", () => {
    const [one, other] = [new Outbox(shelf, "2"), new Outbox(shelf, "2")];
    one.add(report("accepted"), 1);
    other.add(report("set_off"), 1);
    expect(kinds(one.waiting())).toEqual(["accepted", "set_off"]);
  });

  it("forgets only what was taken, and never what is another technician's", () => {
    const [mine, theirs] = [new Outbox(shelf, "2"), new Outbox(shelf, "21")];
    const taken = mine.add(report("accepted"), 1);
    mine.add(report("set_off"), 2);
    theirs.add(report("declined"), 3);
    mine.settle([taken.sequence]);
    expect(kinds(mine.waiting())).toEqual(["set_off"]);
    expect(kinds(theirs.waiting())).toEqual(["declined"]);
  });
});

describe("Sender", () => {
  const answers = vi.fn<typeof fetch>();
  let outbox: Outbox;
  let states: [SendingState, number][];
  let taken: Taken[];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", answers);
    vi.stubGlobal("navigator", {});
    outbox = new Outbox(new MemoryShelf(), "2");
    states = [];
    taken = [];
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    answers.mockReset();
  });

  const sender = () =>
    new Sender({
      outbox,
      url: "/t/reports",
      device: "d1",
      token: () => "token",
      now: () => "2026-11-24T07:00:00.000Z",
      onState: (state, count) => states.push([state, count]),
      onTaken: (_sent, found) => taken.push(...found),
    });
  const sent = (call: number) => JSON.parse(String(answers.mock.calls[call]?.[1]?.body)) as { reports: KeptReport[] };
  const takeAll = (...[, init]: Parameters<typeof fetch>) => {
    const { reports } = JSON.parse(String(init?.body)) as { reports: KeptReport[] };
    return Promise.resolve(Response.json({ taken: reports.map((one) => ({ sequence: one.sequence, outcome: "applied" })) }));
  };

  it("hands over in order and says so only when the server has it", async () => {
    answers.mockImplementation(takeAll);
    outbox.add(report("accepted"), 1);
    outbox.add(report("set_off"), 2);
    await sender().send();
    expect(kinds(sent(0).reports)).toEqual(["accepted", "set_off"]);
    expect(states).toEqual([
      ["sending", 2],
      ["idle", 0],
    ]);
    expect(outbox.waiting()).toEqual([]);
  });

  it("keeps everything while the network is away and sends the same reports later", async () => {
    answers.mockRejectedValueOnce(new TypeError("offline"));
    outbox.add(report("accepted"), 1);
    await sender().send();
    expect(states.at(-1)).toEqual(["offline", 1]);
    outbox.add(report("set_off"), 2);
    answers.mockImplementation(takeAll);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(kinds(sent(1).reports)).toEqual(["accepted", "set_off"]);
    expect(sent(1).reports[0]?.sequence).toBe(sent(0).reports[0]?.sequence);
    expect(states.at(-1)).toEqual(["idle", 0]);
  });

  it.each([500, 503, 400])("takes an answer %i for no answer", async (status) => {
    answers.mockResolvedValueOnce(Response.json({ error: "our_slip" }, { status }));
    outbox.add(report("accepted"), 1);
    await sender().send();
    expect(states.at(-1)).toEqual(["offline", 1]);
    expect(outbox.waiting()).toHaveLength(1);
  });

  it("keeps what it has when the sign-in is over, and does not hammer", async () => {
    answers.mockResolvedValue(Response.json({ error: "not_signed_in" }, { status: 401 }));
    outbox.add(report("accepted"), 1);
    await sender().send();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(states.at(-1)).toEqual(["signed-out", 1]);
    expect(answers).toHaveBeenCalledTimes(1);
    expect(outbox.waiting()).toHaveLength(1);
  });

  it("sends what is reported while it is sending, once", async () => {
    let finish: (() => void) | undefined;
    answers.mockImplementationOnce(
      (...call) => new Promise((resolve) => (finish = () => void takeAll(...call).then(resolve))),
    );
    answers.mockImplementation(takeAll);
    outbox.add(report("accepted"), 1);
    const one = sender();
    const sending = one.send();
    outbox.add(report("set_off"), 2);
    await one.send();
    finish?.();
    await sending;
    expect(answers.mock.calls.map((_call, place) => kinds(sent(place).reports))).toEqual([["accepted"], ["set_off"]]);
  });

  it("leaves nothing behind that the server did not want", async () => {
    const kept = outbox.add(report("accepted", 99), 1);
    answers.mockResolvedValueOnce(
      Response.json({ taken: [{ sequence: kept.sequence, outcome: "refused", reason: "not_yours" }] }, { status: 404 }),
    );
    await sender().send();
    expect(taken).toEqual([{ sequence: kept.sequence, outcome: "refused", reason: "not_yours" }]);
    expect(outbox.waiting()).toEqual([]);
  });

  it("sends a sign of life although nothing waits", async () => {
    answers.mockImplementation(takeAll);
    await sender().send(true);
    expect(sent(0).reports).toEqual([]);
    await sender().send();
    expect(answers).toHaveBeenCalledTimes(1);
  });
});
