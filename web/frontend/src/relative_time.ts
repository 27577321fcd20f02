// Instants in words that a person reads at a glance: "in 3 minutes", "2 hours ago".

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** `instant` as seen from `now` (both in milliseconds), in the largest unit that fits. */
export function relativeTime(instant: number, now: number, language: string): string {
  const seconds = Math.round((instant - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** The operator's clock as the server tells it: another time, at another rate, in a demonstration. */
export interface BusinessClock {
  readonly epoch_machine_at: string;
  readonly epoch_business_at: string;
  readonly rate_permille: number;
}

/** Business time when the machine's clock shows `machineNow`; without a clock of its own, the same. */
export function businessNow(clock: BusinessClock | null, machineNow: number): number {
  if (clock === null) return machineNow;
  const passed = machineNow - Date.parse(clock.epoch_machine_at);
  return Date.parse(clock.epoch_business_at) + (passed * clock.rate_permille) / 1000;
}

/** Writes every `<time data-clock="business|machine" datetime="...">` below `root` anew. */
export function refreshTimes(root: ParentNode, now: { business: number; machine: number }, language: string): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const instant = Date.parse(element.dateTime);
    if (Number.isNaN(instant)) continue;
    const words = relativeTime(instant, element.dataset["clock"] === "business" ? now.business : now.machine, language);
    if (element.textContent !== words) element.textContent = words;
  }
}
