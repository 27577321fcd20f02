// What a visit looks like once everything that waits to be sent has been taken.
import type { KeptReport } from "./outbox";

const UNDO_WITHIN_MS = 5 * 60_000;

/** The status that a report leads to; the others leave it as it is. */
const LEADS_TO: Readonly<Record<string, string>> = {
  accepted: "accepted",
  declined: "scheduled",
  time_agreed: "agreed",
  set_off: "en_route",
  arrived: "on_site",
  arrival_undone: "en_route",
  nobody_there: "not_completed",
  closed_out: "completed",
  not_completed: "not_completed",
};

export interface Seen {
  readonly status: string;
  /** The agreed time, as ISO 8601; empty if none is. */
  readonly appointed: string;
  /** Arrival, as ISO 8601; empty before it. */
  readonly arrived: string;
  /** The report of the arrival, if this phone made it and it is not sent yet. */
  readonly arrivedAs: number | null;
  readonly undoUntilMs: number | null;
  readonly isUnsent: boolean;
}

/** What the server said of a visit, and then the reports of this phone, in order. */
export function afterReports(said: Seen, reports: readonly KeptReport[]): Seen {
  return reports.reduce((seen, report) => ({ ...after(seen, report), isUnsent: true }), said);
}

function after(seen: Seen, report: KeptReport): Seen {
  const status = LEADS_TO[report.kind] ?? seen.status;
  switch (report.kind) {
    case "time_agreed":
      return { ...seen, status, appointed: String(report.payload["time_at"] ?? "") };
    case "arrived":
      return {
        ...seen,
        status,
        arrived: report.device_at,
        arrivedAs: report.sequence,
        undoUntilMs: Date.parse(report.device_at) + UNDO_WITHIN_MS,
      };
    case "arrival_undone":
      return { ...seen, status, arrived: "", arrivedAs: null, undoUntilMs: null };
    case "diverted":
      return { ...seen, status: seen.appointed ? "agreed" : "accepted" };
    default:
      return { ...seen, status };
  }
}
