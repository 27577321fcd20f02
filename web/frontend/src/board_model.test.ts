import { describe, expect, it } from "vitest";
import {
  classesOf,
  differences,
  findVisit,
  horizonOf,
  labelOf,
  lookOf,
  neighbour,
  spanOf,
  worryOf,
  type Board,
  type BoardRow,
  type BoardVisit,
} from "./board_model";

const HOUR = 3_600_000;
const NINE = Date.parse("2026-11-24T01:00:00Z");

const visit = (id: number, changes: Partial<BoardVisit> = {}): BoardVisit => ({
  id,
  order_id: id,
  order: String(2300 + id),
  kind: "repair",
  priority: "normal",
  status: "scheduled",
  duration_s: 3_600,
  community: "Garden",
  place: [32.06, 118.78],
  position: 1,
  planned: [NINE + id * HOUR, NINE + (id + 1) * HOUR],
  is_pinned: false,
  is_tentative: false,
  eta_at: null,
  is_late: false,
  sent_at: null,
  set_off_at: null,
  arrived_at: null,
  left_at: null,
  appointed_at: null,
  booked: null,
  told: null,
  promise: null,
  ...changes,
});

const row = (id: number, visits: BoardVisit[]): BoardRow => ({
  id,
  technician_id: id,
  badge: `T${id}`,
  name: "Li Na",
  is_contractors: false,
  shift: [NINE, NINE + 8 * HOUR],
  rest: null,
  absences: [],
  heard_at: null,
  place: null,
  visits,
});

const board = (rows: BoardRow[], unassigned: BoardVisit[] = []): Board => ({
  territory_id: 1,
  day_on: "2026-11-24",
  rows,
  unassigned,
  attention: [],
  kept: [],
});

describe("the look of a visit", () => {
  it.each([
    [{ status: "booked" }, "planned"],
    [{ status: "agreed" }, "agreed"],
    [{ status: "completed" }, "done"],
    [{ status: "not_completed" }, "undone"],
    [{ status: "booked", is_tentative: true }, "held"],
    [{ status: "something newer" }, "planned"],
  ] as const)("of %o is %s", (changes, look) => {
    expect(lookOf(visit(1, changes))).toBe(look);
  });

  it("is told by more than colour", () => {
    const risk = (risk: "tight" | "will_break") => ({ promise: { kind: "repair", due_at: NINE, risk } });
    expect(labelOf(visit(1))).toBe("○ 2301");
    expect(labelOf(visit(1, risk("tight")))).toBe("○ 2301 !");
    expect(labelOf(visit(1, { ...risk("will_break"), status: "on_site" }))).toBe("● 2301 !!");
    expect(classesOf(visit(1, { is_pinned: true, is_late: true, priority: "emergency" }))).toBe(
      "look-planned worry-danger pinned emergency",
    );
  });

  it("worries only when something is in danger", () => {
    expect(worryOf(visit(1))).toBe("none");
    expect(worryOf(visit(1, { promise: { kind: "repair", due_at: NINE, risk: "safe" } }))).toBe("none");
    expect(worryOf(visit(1, { is_late: true }))).toBe("danger");
  });
});

describe("spanOf", () => {
  it("is the plan until something is known", () => {
    expect(spanOf(visit(1), NINE)).toEqual([NINE + HOUR, NINE + 2 * HOUR]);
    expect(spanOf(visit(1, { eta_at: NINE + 1.5 * HOUR }), NINE)).toEqual([NINE + 1.5 * HOUR, NINE + 2.5 * HOUR]);
    expect(spanOf(visit(1, { eta_at: NINE }), NINE)).toEqual([NINE + HOUR, NINE + 2 * HOUR]);
    expect(spanOf(visit(1, { planned: null }), NINE)).toBeNull();
  });

  it("is what has happened once it has", () => {
    const here = visit(1, { arrived_at: NINE });
    expect(spanOf(here, NINE + 0.5 * HOUR)).toEqual([NINE, NINE + HOUR]);
    expect(spanOf(here, NINE + 3 * HOUR)).toEqual([NINE, NINE + 3 * HOUR]);
    expect(spanOf({ ...here, left_at: NINE + 0.75 * HOUR }, NINE + 3 * HOUR)).toEqual([NINE, NINE + 0.75 * HOUR]);
  });
});

describe("horizonOf", () => {
  it("covers shifts and visits, or what it is given", () => {
    const late = visit(9);
    expect(horizonOf(board([row(1, [late])]), [0, 1], NINE)).toEqual([NINE - HOUR / 2, NINE + 10.5 * HOUR]);
    expect(horizonOf(board([]), [0, 1], NINE)).toEqual([0, 1]);
  });
});

describe("moving by keyboard", () => {
  const shown = board([row(1, [visit(1), visit(2)]), row(2, []), row(3, [visit(3), visit(4)])]);
  it.each([
    [null, "ArrowRight", 1],
    [1, "ArrowRight", 2],
    [2, "ArrowRight", 2],
    [2, "ArrowLeft", 1],
    [2, "ArrowDown", 3],
    [3, "ArrowUp", 2],
    [4, "ArrowDown", 4],
    [99, "ArrowLeft", 1],
  ])("from %s by %s to %s", (from, key, to) => {
    expect(neighbour(shown, from, key, NINE)).toBe(to);
  });

  it("finds nothing on an empty board", () => {
    expect(neighbour(board([]), null, "ArrowDown", NINE)).toBeNull();
  });
});

describe("findVisit", () => {
  it("finds those with a place and those without", () => {
    const shown = board([row(1, [visit(1)])], [visit(2, { planned: null })]);
    expect(findVisit(shown, 1)?.row?.id).toBe(1);
    expect(findVisit(shown, 2)?.row).toBeNull();
    expect(findVisit(shown, 3)).toBeNull();
  });
});

describe("differences", () => {
  it("names only what has changed and what is gone", () => {
    const first = differences(new Map(), [{ id: "a", n: 1 }, { id: "b", n: 1 }]);
    expect(first.changed).toHaveLength(2);
    const second = differences(first.next, [{ id: "a", n: 1 }, { id: "c", n: 1 }]);
    expect(second.changed).toEqual([{ id: "c", n: 1 }]);
    expect(second.gone).toEqual(["b"]);
    expect(differences(second.next, [{ id: "a", n: 1 }, { id: "c", n: 1 }])).toMatchObject({ changed: [], gone: [] });
  });
});
