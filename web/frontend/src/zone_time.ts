// Instants on the wall clocks of a territory, wherever the reader sits.

const clocks = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  const known = clocks.get(key) ?? new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
  clocks.set(key, known);
  return known;
}

/** `09:05` on the wall clocks of `zone`. */
export function clockTime(instant: number, zone: string): string {
  return formatter(zone, { hour: "2-digit", minute: "2-digit" }).format(instant);
}

/** `2026-11-24` in `zone`. */
export function dayIn(instant: number, zone: string): string {
  const parts = new Map(
    formatter(zone, { year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(instant)
      .map((part) => [part.type, part.value]),
  );
  return `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`;
}

/** `09:05`, with the day before it if it is another than that of `now`. */
export function timeNear(instant: number, now: number, zone: string): string {
  const day = dayIn(instant, zone);
  const clock = clockTime(instant, zone);
  return day === dayIn(now, zone) ? clock : `${day.slice(5)} ${clock}`;
}

/** How many minutes the wall clocks of `zone` are ahead of UTC at `instant`. */
export function offsetMinutes(instant: number, zone: string): number {
  const shown = Date.parse(`${dayIn(instant, zone)}T${clockTime(instant, zone)}:00Z`);
  return Math.round((shown - Math.floor(instant / 60_000) * 60_000) / 60_000);
}

/** A length of time in hours and minutes: `1:05`. */
export function hoursAndMinutes(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
