// Everything of the board that is text: figures, attention, the table, the details of one visit.
import { lookOf, SIGNS, worryOf, type Attention, type Board, type BoardRow, type BoardVisit, type Kept, type Span } from "./board_model";
import { percentage } from "./figures";
import { make, type Entry } from "./make_element";
import type { Words } from "./page_words";
import { clockTime, hoursAndMinutes, timeNear } from "./zone_time";

export interface Rights {
  readonly mayRepair: boolean;
  readonly maySeeOrder: boolean;
}

/** Says things about the board in the reader's words, on the territory's clocks. */
export class BoardSpeaker {
  constructor(
    readonly words: Words,
    readonly zone: string,
    readonly language: string,
    readonly now: () => number,
  ) {}

  time(instant: number | null): string {
    return instant === null ? "–" : timeNear(instant, this.now(), this.zone);
  }

  span(span: Span | null): string {
    return span === null ? "–" : `${this.time(span[0])}–${clockTime(span[1], this.zone)}`;
  }

  status(visit: BoardVisit): string {
    return visit.is_tentative ? this.words("board_held") : this.words(`visit_status.${visit.status}`);
  }

  kind(visit: BoardVisit): string {
    const kind = this.words(`order_kind.${visit.kind}`);
    return visit.priority === "normal" ? kind : `${kind}, ${this.words(`priority.${visit.priority}`)}`;
  }

  promise(visit: BoardVisit): string {
    if (visit.promise === null) return "–";
    const { kind, due_at, risk } = visit.promise;
    const left = due_at - this.now();
    const rest = left > 0 && left < 24 * 3_600_000 && risk !== "broken" ? `, ${this.words("board_left")} ${hoursAndMinutes(left)}` : "";
    return `${this.words(`promise_kind.${kind}`)} ${this.time(due_at)}: ${this.words(`risk.${risk}`)}${rest}`;
  }

  /** One line about a visit. */
  line(visit: BoardVisit): string {
    const parts = [`${visit.order} ${this.kind(visit)}`, this.status(visit)];
    if (visit.planned) parts.push(`${this.words("board_planned")} ${this.span(visit.planned)}`);
    if (visit.told) parts.push(`${this.words("board_told")} ${this.span(visit.told)}`);
    if (visit.is_late) parts.push(this.words("board_late"));
    if (visit.promise && visit.promise.risk !== "safe") parts.push(this.promise(visit));
    return parts.join(" · ");
  }

  /** What stands beside a technician's name. */
  note(row: BoardRow): string {
    const now = this.now();
    if (row.absences.some(([from, until]) => from <= now && now < until)) return this.words("board_absent");
    const done = row.visits.filter((visit) => lookOf(visit) === "done" || lookOf(visit) === "undone").length;
    return row.visits.length === 0 ? this.words("board_free") : `${done}/${row.visits.length}`;
  }
}

export function figureEntries(kept: readonly Kept[], speaker: BoardSpeaker): Entry[] {
  return kept.map((one) => ({
    key: one.kind,
    stamp: JSON.stringify(one),
    build: () => {
      const judged = one.kept + one.broken;
      const level = one.broken > 0 ? "bad" : one.kept > 0 ? "good" : "";
      const open = one.open > 0 ? ` · ${speaker.words("board_open")} ${one.open}` : "";
      return make(
        "div",
        { class: "figure" },
        make("dt", {}, speaker.words(`promise_kind.${one.kind}`)),
        make(
          "dd",
          {},
          make("strong", { class: `number ${level}` }, judged === 0 ? "–" : percentage(one.share, speaker.language)),
          make("span", { class: "quiet number" }, ` ${one.kept}/${judged}${open}`),
        ),
      );
    },
  }));
}

export interface AttentionHooks {
  readonly onVisit: (visitId: number) => void;
  readonly onTechnician: (technicianId: number) => void;
  readonly onUnplaced: () => void;
  readonly onDecide: (disruptionId: number, publish: boolean) => void;
}

export function attentionEntries(list: readonly Attention[], speaker: BoardSpeaker, rights: Rights, hooks: AttentionHooks): Entry[] {
  return list.map((one) => ({
    key: `${one.kind} ${one.visit_id ?? ""} ${one.technician_id ?? ""} ${one.disruption_id ?? ""} ${one.address ?? ""}`,
    stamp: JSON.stringify(one),
    build: () => {
      const mark = make("span", { class: `mark ${one.is_urgent ? "bad" : "warning"}`, "aria-hidden": "true" }, one.is_urgent ? "!!" : "!");
      const item = make("li", { class: "attention-item" }, mark, attentionTarget(one, hooks));
      if (one.note !== null) item.append(make("p", { class: "attention-note quiet" }, one.note));
      if (one.disruption_id !== null && rights.mayRepair) item.append(decision(one.disruption_id, one.plan_id, speaker, hooks));
      return item;
    },
  }));
}

function attentionTarget(one: Attention, hooks: AttentionHooks): HTMLElement {
  if (one.address !== null) return make("a", { href: one.address, class: "attention-target" }, one.text);
  const { visit_id: visit, technician_id: technician } = one;
  const button = make("button", { type: "button", class: "attention-target" }, one.text);
  button.addEventListener("click", () => {
    if (visit !== null) hooks.onVisit(visit);
    else if (technician !== null) hooks.onTechnician(technician);
    else hooks.onUnplaced();
  });
  return button;
}

function decision(disruption: number, plan: number | null, speaker: BoardSpeaker, hooks: AttentionHooks): HTMLElement {
  const publish = make("button", { type: "button", class: "button" }, speaker.words(plan === null ? "board_repair_again" : "board_publish_repair"));
  const leave = make("button", { type: "button", class: "button quiet-button" }, speaker.words("board_leave_routes"));
  publish.addEventListener("click", () => hooks.onDecide(disruption, true));
  leave.addEventListener("click", () => hooks.onDecide(disruption, false));
  const look = plan === null ? [] : [make("a", { href: `/console/plans/${plan}`, class: "button plain" }, speaker.words("board_look_at_repair"))];
  return make("div", { class: "actions" }, publish, leave, ...look);
}

/** A row of the table for each visit, those without a place at the end. */
export function tableEntries(board: Board, speaker: BoardSpeaker, onSelect: (visitId: number) => void): Entry[] {
  const rows = board.rows.flatMap((row) => row.visits.map((visit) => ({ row, visit })));
  const all = [...rows, ...board.unassigned.map((visit) => ({ row: null, visit }))];
  return all.map(({ row, visit }) => ({
    key: String(visit.id),
    stamp: JSON.stringify([visit, row?.name, speaker.promise(visit)]),
    build: () => tableRow(row, visit, speaker, onSelect),
  }));
}

function tableRow(row: BoardRow | null, visit: BoardVisit, speaker: BoardSpeaker, onSelect: (visitId: number) => void): HTMLElement {
  const open = make("button", { type: "button", class: "link-button number", "data-opens": visit.id }, visit.order);
  open.addEventListener("click", () => onSelect(visit.id));
  const came = visit.arrived_at ?? visit.eta_at;
  return make(
    "tr",
    { class: `worry-${worryOf(visit)}` },
    make("td", {}, row === null ? speaker.words("board_nobody") : `${row.name} ${row.badge}`),
    make("th", { scope: "row" }, open),
    make("td", {}, speaker.kind(visit)),
    make("td", {}, `${SIGNS[lookOf(visit)]} ${speaker.status(visit)}`),
    make("td", { class: "number" }, speaker.span(visit.planned)),
    make("td", { class: "number" }, speaker.time(came)),
    make("td", { class: "number" }, speaker.span(visit.told ?? visit.booked)),
    make("td", {}, visit.is_late ? `${speaker.words("board_late")} · ${speaker.promise(visit)}` : speaker.promise(visit)),
  );
}

export interface DetailHooks {
  readonly onPin: (visit: BoardVisit) => void;
  readonly onAbsent: (row: BoardRow) => void;
  readonly onClose: () => void;
}

const MOVABLE = new Set(["requested", "booked", "scheduled", "sent", "accepted", "agreed"]);

/** What is known of one visit, and what can be done about it. */
export function visitDetails(visit: BoardVisit, row: BoardRow | null, speaker: BoardSpeaker, rights: Rights, hooks: DetailHooks): HTMLElement[] {
  const { words } = speaker;
  const close = make("button", { type: "button", class: "button plain", "aria-label": words("board_close") }, "✕");
  close.addEventListener("click", hooks.onClose);
  const heading = make(
    "div",
    { class: "heading" },
    make("h2", { id: "details-heading", tabindex: "-1" }, `${visit.order} · ${speaker.kind(visit)}`),
    close,
  );
  const facts = make("dl", { class: "facts" });
  const say = (name: string, value: string) => {
    if (value !== "–") facts.append(make("dt", {}, words(name)), make("dd", {}, value));
  };
  say("board_status", `${SIGNS[lookOf(visit)]} ${speaker.status(visit)}`);
  say("board_technician", row === null ? words("board_nobody") : `${row.name} ${row.badge}`);
  say("board_community", visit.community);
  say("board_planned", visit.is_pinned ? `${speaker.span(visit.planned)}, ${words("board_pinned")}` : speaker.span(visit.planned));
  say("board_expected", visit.is_late ? `${speaker.time(visit.eta_at)}, ${words("board_late")}` : speaker.time(visit.eta_at));
  say("board_told", speaker.span(visit.told));
  say("board_booked", speaker.span(visit.booked));
  say("board_appointed", speaker.time(visit.appointed_at));
  say("board_set_off", speaker.time(visit.set_off_at));
  say("board_arrived", speaker.time(visit.arrived_at));
  say("board_left_at", speaker.time(visit.left_at));
  say("board_promise", speaker.promise(visit));
  return [heading, facts, visitActions(visit, row, speaker, rights, hooks)];
}

function visitActions(visit: BoardVisit, row: BoardRow | null, speaker: BoardSpeaker, rights: Rights, hooks: DetailHooks): HTMLElement {
  const actions = make("div", { class: "actions" });
  if (rights.maySeeOrder) {
    actions.append(make("a", { class: "button", href: `/console/orders/${visit.order_id}` }, speaker.words("board_story")));
  }
  if (!rights.mayRepair || row === null) return actions;
  if (MOVABLE.has(visit.status) && !visit.is_tentative) {
    const pin = make("button", { type: "button", class: "button quiet-button" }, speaker.words(visit.is_pinned ? "board_unpin" : "board_pin"));
    pin.addEventListener("click", () => hooks.onPin(visit));
    actions.append(pin);
  }
  const now = speaker.now();
  if (row.shift[1] > now && !row.absences.some(([from, until]) => from <= now && now < until)) {
    const absent = make("button", { type: "button", class: "button danger" }, speaker.words("board_report_absent"));
    absent.addEventListener("click", () => hooks.onAbsent(row));
    actions.append(absent);
  }
  return actions;
}
