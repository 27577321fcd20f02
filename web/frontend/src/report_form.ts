// Forms become payloads of field reports, in the same way here and on the server
// (`report_forms.py`): report_form_examples.json holds both to the same.

export type Payload = Record<string, unknown>;
export type Fields = readonly (readonly [string, string])[];

const PREFIX = "p.";
const WORD_ENDS = /[,;\n\uff0c\uff1b\u3001]/;
const TIME = /^([01]?\d|2[0-3])[:\uff1a.]?([0-5]\d)$/;
const YES = new Set(["yes", "on", "true"]);

type Reader = (written: string, beside: ReadonlyMap<string, string>, nowMs: number) => unknown;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function integer(written: string): number | string {
  return /^-?\d{1,15}$/.test(written) ? Number(written) : written;
}

function scaled(written: string, factor: number): number | string {
  if (!/^\d{1,6}([.,]\d{1,3})?$/.test(written)) return written;
  const [whole = "0", part = ""] = written.replace(",", ".").split(".");
  return Math.round((Number(whole) * 1000 + Number(part.padEnd(3, "0"))) * (factor / 1000));
}

const READERS: Readonly<Record<string, Reader>> = {
  "": (written) => written,
  flag: (written) => YES.has(written),
  int: integer,
  decimal: (written) => (/^-?\d{1,6}(\.\d{1,12})?$/.test(written) ? Number(written) : written),
  mbps: (written) => scaled(written, 1000),
  cdbm: (written) => {
    const power = scaled(written.replace(/^[-\u2212]+/, "").trim(), 100);
    return typeof power === "number" ? -power : power;
  },
  clock: (written, beside) => {
    const found = TIME.exec(written);
    if (!found) return written;
    const time = `${(found[1] ?? "").padStart(2, "0")}:${found[2] ?? ""}`;
    return `${beside.get("day") ?? ""}T${time}:00${beside.get("offset") ?? ""}`;
  },
  minutes: (written, _beside, nowMs) => {
    const minutes = integer(written);
    return typeof minutes === "number" ? iso(nowMs + minutes * 60_000) : written;
  },
  when: (written, _beside, nowMs) => (YES.has(written) ? iso(nowMs) : written),
  list: (written) => [written],
  words: (written) =>
    written
      .split(WORD_ENDS)
      .map((word) => word.trim())
      .filter((word) => word !== ""),
};

function put(payload: Payload, path: readonly string[], value: unknown): void {
  let table = payload;
  for (const step of path.slice(0, -1)) table = (table[step] ??= {}) as Payload;
  const last = path.at(-1) ?? "";
  if (Array.isArray(value)) table[last] = [...((table[last] as unknown[] | undefined) ?? []), ...value];
  else table[last] = value;
}

/** Numbered tables become lists; a reading without a value was not taken. */
function tidy(payload: Payload, nowMs: number): Payload {
  for (const [name, value] of Object.entries(payload)) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) continue;
    const keys = Object.keys(value);
    if (keys.length === 0 || !keys.every((key) => /^\d+$/.test(key))) continue;
    payload[name] = keys.sort((one, other) => Number(one) - Number(other)).map((key) => (value as Payload)[key]);
  }
  if (Array.isArray(payload["readings"])) {
    const taken = (payload["readings"] as Payload[]).filter((one) => "value" in one);
    payload["readings"] = taken.map((one) => ({ taken_at: iso(nowMs), ...one }));
  }
  return payload;
}

/** The payload of a form's fields, in order; `nowMs` is when it is sent. */
export function readForm(fields: Fields, nowMs: number): Payload {
  const beside = new Map(fields);
  const payload: Payload = {};
  for (const [name, written] of fields) {
    if (!name.startsWith(PREFIX) || written.trim() === "") continue;
    const [path = "", kind = ""] = name.slice(PREFIX.length).split(":");
    const reader = READERS[kind] ?? ((text: string) => text);
    put(payload, path.split("."), reader(written.trim(), beside, nowMs));
  }
  return tidy(payload, nowMs);
}
