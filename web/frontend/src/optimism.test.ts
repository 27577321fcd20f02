import { describe, expect, it } from "vitest";
import { afterReports, type Seen } from "./optimism";
import type { KeptReport } from "./outbox";

const SENT: Seen = { status: "sent", appointed: "", arrived: "", arrivedAs: null, undoUntilMs: null, isUnsent: false };
let sequence = 0;
const report = (kind: string, payload: Record<string, unknown> = {}): KeptReport => ({
  sequence: (sequence += 1),
  kind,
  device_at: "2026-11-24T07:00:00.000Z",
  visit_id: 12,
  payload,
});

describe("afterReports", () => {
  it("leaves a visit as the server said while nothing waits", () => {
    expect(afterReports(SENT, [])).toBe(SENT);
  });

  it("goes through a whole visit without the server", () => {
    const agreed = [report("accepted"), report("contact_tried"), report("time_agreed", { time_at: "2026-11-24T15:00:00+08:00" })];
    expect(afterReports(SENT, agreed)).toMatchObject({ status: "agreed", appointed: "2026-11-24T15:00:00+08:00", isUnsent: true });
    const there = [...agreed, report("set_off"), report("arrived")];
    expect(afterReports(SENT, there)).toMatchObject({
      status: "on_site",
      arrivedAs: sequence,
      undoUntilMs: Date.parse("2026-11-24T07:05:00Z"),
    });
    expect(afterReports(SENT, [...there, report("arrival_undone")])).toMatchObject({ status: "en_route", arrived: "", undoUntilMs: null });
    expect(afterReports(SENT, [...there, report("closed_out")]).status).toBe("completed");
  });

  it("keeps an agreed time when called elsewhere", () => {
    const under = { ...SENT, status: "en_route" };
    expect(afterReports(under, [report("diverted")]).status).toBe("accepted");
    expect(afterReports({ ...under, appointed: "2026-11-24T15:00:00+08:00" }, [report("diverted")]).status).toBe("agreed");
  });

  it("does not mind what it does not know", () => {
    expect(afterReports(SENT, [report("question_asked"), report("something_new")]).status).toBe("sent");
  });
});
