// The board's timeline: technicians as rows, time across, the operator's clock as a line.
import moment from "moment";
import { DataSet } from "vis-data/esnext";
import { Timeline, type TimelineOptions } from "vis-timeline/esnext";
import "vis-timeline/styles/vis-timeline-graph2d.min.css";
import {
  classesOf,
  differences,
  findVisit,
  horizonOf,
  labelOf,
  neighbour,
  spanOf,
  type Board,
  type BoardRow,
  type BoardVisit,
  type Span,
} from "./board_model";
import { make } from "./make_element";
import { clockTime, dayIn, offsetMinutes } from "./zone_time";

interface Item {
  readonly id: string;
  readonly group: number;
  readonly start: number;
  readonly end: number;
  readonly type: "range" | "background";
  readonly className: string;
  readonly content: string;
  readonly title?: string;
}

interface Group {
  readonly id: number;
  readonly content: string;
  readonly order: number;
  readonly badge: string;
  readonly note: string;
}

export interface TimelineHooks {
  readonly zone: string;
  readonly now: () => number;
  readonly onSelect: (visitId: number | null) => void;
  readonly describe: (visit: BoardVisit) => string;
  /** A few words beside a technician's name, such as that the phone is silent. */
  readonly note: (row: BoardRow) => string;
}

export class BoardTimeline {
  private readonly items = new DataSet<Item>();
  private readonly groups = new DataSet<Group>();
  private readonly timeline: Timeline;
  private shownItems: ReadonlyMap<string, string> = new Map();
  private shownGroups: ReadonlyMap<number, string> = new Map();
  private board: Board | null = null;
  private selected: number | null = null;
  private horizon = "";

  constructor(
    container: HTMLElement,
    private readonly hooks: TimelineHooks,
  ) {
    const options = {
      stack: false,
      orientation: "top",
      verticalScroll: true,
      zoomKey: "ctrlKey",
      height: "100%",
      showCurrentTime: false,
      margin: { item: { horizontal: 0, vertical: 6 }, axis: 4 },
      groupOrder: "order",
      zoomMin: 30 * 60_000,
      zoomMax: 36 * 3_600_000,
      selectable: true,
      multiselect: false,
      showTooltips: true,
      tooltip: { followMouse: true, overflowMethod: "cap", delay: 300 },
      // wall clocks of the territory, wherever the reader sits
      moment: (date: moment.MomentInput) => {
        const instant = moment(date);
        return instant.utcOffset(offsetMinutes(instant.valueOf(), hooks.zone));
      },
      format: {
        minorLabels: { minute: "HH:mm", hour: "HH:mm" },
        majorLabels: { minute: "YYYY-MM-DD", hour: "YYYY-MM-DD" },
      },
      template: (item: Item) => (item.type === "range" ? make("span", {}, item.content) : ""),
      groupTemplate: (group: Group | null) =>
        group === null ? "" : rowHeading(group),
    };
    this.timeline = new Timeline(container, this.items as never, this.groups as never, options as unknown as TimelineOptions);
    this.timeline.addCustomTime(hooks.now(), "now");
    this.timeline.on("select", (event: { items: string[] }) => {
      const id = event.items[0];
      hooks.onSelect(id === undefined ? null : Number(id.slice(1)));
    });
    container.addEventListener("keydown", (event) => this.move(event));
    this.tick();
  }

  /** Puts the line where the operator's clock is. */
  tick(): void {
    const now = this.hooks.now();
    this.timeline.setCustomTime(now, "now");
    this.timeline.setCustomTimeTitle(`${dayIn(now, this.hooks.zone)} ${clockTime(now, this.hooks.zone)}`, "now");
  }

  show(board: Board): void {
    this.board = board;
    const now = this.hooks.now();
    const groups = board.rows.map((row, order) => ({
      id: row.id,
      content: row.name,
      order,
      badge: row.badge,
      note: this.hooks.note(row),
    }));
    this.shownGroups = apply(this.groups, this.shownGroups, groups);
    this.shownItems = apply(this.items, this.shownItems, [...backgrounds(board), ...this.windows(board), ...this.bars(board, now)]);
    this.showHorizon(board, now);
    this.timeline.setSelection(this.selected === null ? [] : [`v${this.selected}`]);
  }

  select(visitId: number | null): void {
    this.selected = visitId;
    if (this.board) this.show(this.board);
  }

  /** Brings a visit into view. */
  reveal(visitId: number): void {
    this.timeline.focus(`v${visitId}`, { animation: false, zoom: false });
  }

  private showHorizon(board: Board, now: number): void {
    const span = horizonOf(board, [now - 6 * 3_600_000, now + 6 * 3_600_000], now);
    const key = `${board.territory_id} ${board.day_on}`;
    this.timeline.setOptions({ min: span[0], max: span[1] });
    if (key !== this.horizon) this.timeline.setWindow(span[0], span[1], { animation: false });
    this.horizon = key;
  }

  private bars(board: Board, now: number): Item[] {
    return board.rows.flatMap((row) =>
      row.visits.flatMap((visit) => {
        const span = spanOf(visit, now);
        return span === null ? [] : [this.bar(row, visit, span)];
      }),
    );
  }

  private bar(row: BoardRow, visit: BoardVisit, [start, end]: Span): Item {
    return {
      id: `v${visit.id}`,
      group: row.id,
      start,
      end,
      type: "range",
      className: classesOf(visit),
      content: labelOf(visit),
      title: escaped(this.hooks.describe(visit)),
    };
  }

  /** The windows told of the visits that worry, and of the one that is selected. */
  private windows(board: Board): Item[] {
    return board.rows.flatMap((row) =>
      row.visits
        .filter((visit) => visit.id === this.selected || (visit.arrived_at === null && visit.is_late))
        .flatMap((visit) => background(`w${visit.id}`, row.id, visit.told, visit.id === this.selected ? "window selected" : "window")),
    );
  }

  private move(event: KeyboardEvent): void {
    if (!this.board || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const next = neighbour(this.board, this.selected, event.key, this.hooks.now());
    if (next !== null && findVisit(this.board, next)) {
      this.hooks.onSelect(next);
      this.reveal(next);
    }
  }
}

function rowHeading(group: Group): HTMLElement {
  const note = group.note === "" ? [] : [make("span", { class: "row-note" }, group.note)];
  return make("div", { class: "row-heading" }, make("strong", {}, group.content), make("span", { class: "quiet" }, group.badge), ...note);
}

function backgrounds(board: Board): Item[] {
  return board.rows.flatMap((row) => [
    ...background(`s${row.id}`, row.id, row.shift, "shift"),
    ...background(`r${row.id}`, row.id, row.rest, "rest"),
    ...row.absences.flatMap((span, number) => background(`a${row.id}-${number}`, row.id, span, "absence")),
  ]);
}

function background(id: string, group: number, span: Span | null, className: string): Item[] {
  return span === null ? [] : [{ id, group, start: span[0], end: span[1], type: "background", className, content: "" }];
}

function apply<T extends Item | Group>(set: DataSet<T>, shown: ReadonlyMap<T["id"], string>, wanted: readonly T[]): ReadonlyMap<T["id"], string> {
  const { changed, gone, next } = differences(shown, wanted);
  if (gone.length > 0) set.remove(gone);
  if (changed.length > 0) set.update(changed as never);
  return next;
}

/** The tooltip is markup to the timeline. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
