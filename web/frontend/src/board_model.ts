// What the board shows, as the server tells it, and what follows from it without any page.

export type Span = readonly [number, number];
export type Place = [number, number];
export type Risk = "safe" | "tight" | "will_break" | "overdue" | "broken";

export interface BoardVisit {
  readonly id: number;
  readonly order_id: number;
  readonly order: string;
  readonly kind: string;
  readonly priority: string;
  readonly status: string;
  readonly duration_s: number;
  readonly community: string;
  readonly place: Place | null;
  readonly position: number | null;
  readonly planned: Span | null;
  readonly is_pinned: boolean;
  readonly is_tentative: boolean;
  readonly eta_at: number | null;
  readonly is_late: boolean;
  readonly sent_at: number | null;
  readonly set_off_at: number | null;
  readonly arrived_at: number | null;
  readonly left_at: number | null;
  readonly appointed_at: number | null;
  readonly booked: Span | null;
  readonly told: Span | null;
  readonly promise: { readonly kind: string; readonly due_at: number; readonly risk: Risk } | null;
}

export interface BoardRow {
  readonly id: number;
  readonly technician_id: number;
  readonly badge: string;
  readonly name: string;
  readonly is_contractors: boolean;
  readonly shift: Span;
  readonly rest: Span | null;
  readonly absences: readonly Span[];
  readonly heard_at: number | null;
  readonly place: Place | null;
  readonly visits: readonly BoardVisit[];
}

export interface Attention {
  readonly kind: string;
  readonly is_urgent: boolean;
  readonly text: string;
  readonly note: string | null;
  readonly address: string | null;
  readonly visit_id: number | null;
  readonly technician_id: number | null;
  readonly disruption_id: number | null;
  readonly plan_id: number | null;
}

export interface Kept {
  readonly kind: string;
  readonly kept: number;
  readonly broken: number;
  readonly open: number;
  readonly share: number | null;
}

export interface Board {
  readonly territory_id: number;
  readonly day_on: string;
  readonly rows: readonly BoardRow[];
  readonly unassigned: readonly BoardVisit[];
  readonly attention: readonly Attention[];
  readonly kept: readonly Kept[];
}

/** How a visit is drawn: each look has a sign, a word and a shape of its own. */
export type Look = "held" | "planned" | "sent" | "accepted" | "agreed" | "en_route" | "on_site" | "done" | "undone";

export const SIGNS: Readonly<Record<Look, string>> = {
  held: "…",
  planned: "○",
  sent: "↗",
  accepted: "◐",
  agreed: "◉",
  en_route: "▶",
  on_site: "●",
  done: "✓",
  undone: "✕",
};

const LOOKS: Readonly<Record<string, Look>> = {
  sent: "sent",
  accepted: "accepted",
  agreed: "agreed",
  en_route: "en_route",
  on_site: "on_site",
  completed: "done",
  not_completed: "undone",
  cancelled: "undone",
};

export function lookOf(visit: BoardVisit): Look {
  if (visit.is_tentative) return "held";
  return LOOKS[visit.status] ?? "planned";
}

/** How much a visit worries: its promise, or that the window told will be missed. */
export function worryOf(visit: BoardVisit): "none" | "tight" | "danger" {
  const risk = visit.promise?.risk ?? "safe";
  if (visit.is_late || risk === "will_break" || risk === "overdue" || risk === "broken") return "danger";
  return risk === "tight" ? "tight" : "none";
}

const MARKS = { none: "", tight: " !", danger: " !!" } as const;

/** The few characters on a bar of the board. */
export function labelOf(visit: BoardVisit): string {
  return `${SIGNS[lookOf(visit)]} ${visit.order}${MARKS[worryOf(visit)]}`;
}

/** The classes of everything that stands for a visit, on the timeline and on the map. */
export function classesOf(visit: BoardVisit): string {
  const classes = [`look-${lookOf(visit)}`, `worry-${worryOf(visit)}`];
  if (visit.is_pinned) classes.push("pinned");
  if (visit.priority === "emergency") classes.push("emergency");
  return classes.join(" ");
}

/** When a visit takes place: as it was, else as it is expected, else as planned. */
export function spanOf(visit: BoardVisit, now: number): Span | null {
  const length = visit.planned ? visit.planned[1] - visit.planned[0] : visit.duration_s * 1000;
  if (visit.arrived_at !== null) {
    const expected = visit.arrived_at + length;
    return [visit.arrived_at, Math.max(visit.arrived_at + 60_000, visit.left_at ?? Math.max(now, expected))];
  }
  if (visit.planned === null) return null;
  const begins = Math.max(visit.planned[0], visit.eta_at ?? visit.planned[0]);
  return [begins, begins + length];
}

/** The time that the board covers: every shift and visit, with half an hour around. */
export function horizonOf(board: Board, fallback: Span, now: number): Span {
  const spans = board.rows.flatMap((row) => [row.shift, ...row.visits.map((visit) => spanOf(visit, now))]);
  const known = spans.filter((span): span is Span => span !== null);
  if (known.length === 0) return fallback;
  const margin = 30 * 60_000;
  return [Math.min(...known.map((span) => span[0])) - margin, Math.max(...known.map((span) => span[1])) + margin];
}

export function findVisit(board: Board, id: number): { visit: BoardVisit; row: BoardRow | null } | null {
  for (const row of board.rows) {
    const visit = row.visits.find((one) => one.id === id);
    if (visit) return { visit, row };
  }
  const visit = board.unassigned.find((one) => one.id === id);
  return visit ? { visit, row: null } : null;
}

/** The visit that an arrow key leads to: along the row, or to the nearest in time of the next row that has one. */
export function neighbour(board: Board, id: number | null, key: string, now: number): number | null {
  const rows = board.rows.filter((row) => row.visits.length > 0);
  const at = rows.findIndex((row) => row.visits.some((visit) => visit.id === id));
  const row = rows[at];
  if (row === undefined) return rows[0]?.visits[0]?.id ?? null;
  const column = row.visits.findIndex((visit) => visit.id === id);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    return row.visits[column + (key === "ArrowRight" ? 1 : -1)]?.id ?? id;
  }
  const here = row.visits[column];
  const other = rows[at + (key === "ArrowDown" ? 1 : -1)];
  if (here === undefined || other === undefined) return id;
  const start = startOf(here, now);
  const nearest = [...other.visits].sort((a, b) => Math.abs(startOf(a, now) - start) - Math.abs(startOf(b, now) - start));
  return nearest[0]?.id ?? id;
}

function startOf(visit: BoardVisit, now: number): number {
  return spanOf(visit, now)?.[0] ?? 0;
}

export interface Keyed {
  readonly id: number | string;
}

/** What has changed between what is shown (by id, as written) and what should be. */
export function differences<T extends Keyed>(
  shown: ReadonlyMap<T["id"], string>,
  wanted: readonly T[],
): { changed: T[]; gone: T["id"][]; next: Map<T["id"], string> } {
  const next = new Map<T["id"], string>(wanted.map((item) => [item.id, JSON.stringify(item)]));
  return {
    changed: wanted.filter((item) => shown.get(item.id) !== next.get(item.id)),
    gone: [...shown.keys()].filter((id) => !next.has(id)),
    next,
  };
}
