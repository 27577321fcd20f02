// The board: the server gave the day with the page, the news keep it true.
import "../style/board.css";
import { findVisit, type Board, type BoardRow, type BoardVisit } from "../board_model";
import { followNews, type Connection } from "../board_news";
import {
  attentionEntries,
  BoardSpeaker,
  figureEntries,
  tableEntries,
  visitDetails,
  type Rights,
} from "../board_panels";
import { BoardMap } from "../board_map";
import { BoardTimeline } from "../board_timeline";
import { focusedStop, focusStop, showEntries } from "../make_element";
import { fill, readWords } from "../page_words";
import { businessNow, type BusinessClock } from "../relative_time";
import { clockTime, dayIn } from "../zone_time";

const TICK_MS = 1_000;
const NARROW = "(max-width: 62rem)";

const root = document.querySelector<HTMLElement>("[data-board]");
if (root) runBoard(root);

function part(name: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (!found) throw new Error(`no part ${name}`);
  return found;
}

function runBoard(page: HTMLElement): void {
  const { dataset } = page;
  let board = JSON.parse(dataset["board"] ?? "null") as Board;
  const clock = JSON.parse(dataset["clock"] ?? "null") as BusinessClock | null;
  const zone = dataset["zone"] ?? "UTC";
  const rights: Rights = { mayRepair: "mayRepair" in dataset, maySeeOrder: "maySeeOrder" in dataset };
  const now = () => businessNow(clock, Date.now());
  const words = readWords(document);
  const speaker = new BoardSpeaker(words, zone, document.documentElement.lang || "en", now);
  let selected: number | null = null;
  /** What led to the details: closing them leads back. */
  let opener: HTMLElement | null = null;

  const timeline = new BoardTimeline(part("timeline"), {
    zone,
    now,
    onSelect: select,
    describe: (visit) => speaker.line(visit),
    note: (row) => speaker.note(row),
  });
  const map = new BoardMap(part("map"), { tiles: dataset["tiles"] ?? "", onSelect: select, describe: (visit) => speaker.line(visit) });

  function show(next: Board): void {
    board = next;
    timeline.show(board);
    map.show(board);
    showText();
  }

  function showText(): void {
    showEntries(part("figures"), figureEntries(board.kept, speaker));
    showEntries(
      part("attention"),
      attentionEntries(board.attention, speaker, rights, {
        onVisit: (id) => open(id),
        onTechnician: openTechnician,
        onUnplaced: showUnplaced,
        onDecide: (id, publish) =>
          void send(`/console/disruptions/${id}/decision`, { publish: publish ? "yes" : "no" }),
      }),
    );
    part("attention-none").hidden = board.attention.length > 0;
    part("attention-count").textContent = board.attention.length === 0 ? "" : String(board.attention.length);
    if (!part("table").hidden) showEntries(part("table-rows"), tableEntries(board, speaker, open));
    showDetails();
  }

  // --- one visit ------------------------------------------------------------------------

  function select(visitId: number | null): void {
    selected = visitId;
    timeline.select(selected);
    map.select(selected);
    showDetails();
  }

  /** Selects a visit from a list: shows it, and leads the keyboard to what is known of it. */
  function open(visitId: number): void {
    opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    select(visitId);
    timeline.reveal(visitId);
    document.querySelector<HTMLElement>("#details-heading")?.focus();
  }

  function openTechnician(technicianId: number): void {
    const row = board.rows.find((one) => one.technician_id === technicianId);
    const visit = row?.visits.find((one) => one.left_at === null) ?? row?.visits[0];
    if (visit) open(visit.id);
  }

  function showUnplaced(): void {
    const first = board.unassigned[0];
    setView("table");
    if (first) open(first.id);
  }

  let detailsStamp = "";

  function showDetails(): void {
    const found = selected === null ? null : findVisit(board, selected);
    const details = part("details");
    details.hidden = found === null;
    const stamp = found === null ? "" : JSON.stringify([found.visit, found.row?.absences, speaker.promise(found.visit)]);
    if (stamp === detailsStamp) return;
    detailsStamp = stamp;
    if (found === null) {
      details.replaceChildren();
      return;
    }
    const stop = focusedStop(details);
    const pieces = visitDetails(found.visit, found.row, speaker, rights, { onPin: pin, onAbsent: reportAbsent, onClose: close });
    details.replaceChildren(...pieces);
    if (stop >= 0) focusStop(details, stop);
  }

  /** Puts the details away, and leads the keyboard back to where it came from. */
  function close(): void {
    const isSame = opener !== null && document.contains(opener);
    const from = isSame ? opener : document.querySelector<HTMLElement>(`[data-opens="${selected ?? ""}"]`); // a row drawn anew
    opener = null;
    select(null);
    if (from !== null && from.offsetParent !== null && from !== document.body) from.focus();
    else part(part("timeline").hidden ? "table" : "timeline").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selected !== null) close();
  });

  // --- what can be done -----------------------------------------------------------------

  function pin(visit: BoardVisit): void {
    void send(`/console/visits/${visit.id}/pin`, { pinned: visit.is_pinned ? "no" : "yes" });
  }

  function reportAbsent(row: BoardRow): void {
    const until = clockTime(row.shift[1], zone);
    if (!confirm(fill(words("board_absent_sure"), { technician: `${row.name} ${row.badge}`, until }))) return;
    void send(`/console/technicians/${row.technician_id}/absence`, { territory: String(board.territory_id) });
  }

  async function send(address: string, values: Record<string, string>): Promise<void> {
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
    say(words("board_sending"));
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "X-CSRF-Token": token, Accept: "application/json" },
        body: new URLSearchParams(values),
      });
      const told = (await answer.json()) as { message?: string };
      say(answer.ok ? words("board_done") : (told.message ?? words("board_failed")), !answer.ok);
      await ask();
    } catch {
      say(words("board_failed"), true);
    }
  }

  function say(text: string, isBad = false): void {
    const notice = part("notice");
    notice.textContent = text;
    notice.classList.toggle("bad", isBad);
  }

  // --- timeline or table ----------------------------------------------------------------

  function setView(view: "timeline" | "table"): void {
    part("timeline").hidden = view === "table";
    part("legend").hidden = view === "table";
    part("table").hidden = view === "timeline";
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset["view"] === view));
    }
    if (view === "table") showEntries(part("table-rows"), tableEntries(board, speaker, open));
  }

  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
    button.addEventListener("click", () => setView(button.dataset["view"] === "table" ? "table" : "timeline"));
  }

  // --- news -----------------------------------------------------------------------------

  const connection = part("connection");
  const connected: Record<Connection, string> = {
    live: words("board_live"),
    asking: words("board_asking"),
    silent: words("board_silent"),
  };
  const query = `territory=${board.territory_id}&day=${board.day_on}`;
  const ask = followNews({
    stream: `/console/live?${query}`,
    data: `/console/day.json?${query}`,
    everyMs: clock !== null && clock.rate_permille > 1_000 ? 5_000 : 15_000,
    onDocument: (document_) => show(document_ as Board),
    onConnection: (state) => {
      if (connection.textContent !== connected[state]) connection.textContent = connected[state];
      connection.dataset["state"] = state;
    },
    onSignedOut: () => location.reload(),
  });

  function tick(): void {
    timeline.tick();
    const shown = part("clock");
    const at = now();
    shown.textContent = `${dayIn(at, zone)} ${clockTime(at, zone)}`;
    shown.setAttribute("datetime", new Date(at).toISOString());
  }

  setView(matchMedia(NARROW).matches ? "table" : "timeline");
  show(board);
  tick();
  setInterval(tick, TICK_MS);
}
