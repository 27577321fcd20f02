// What a technician is told while a close-out is being filled in: limits at once, and what is still missing.

export interface PowerLimits {
  readonly low: number;
  readonly high: number;
  readonly warning: number;
}

/** How a received power (hundredths of a dBm) stands to its limits. */
export function powerVerdict(cdbm: number, limits: PowerLimits): "good" | "warning" | "bad" {
  if (cdbm < limits.low || cdbm > limits.high) return "bad";
  return Math.min(cdbm - limits.low, limits.high - cdbm) <= limits.warning ? "warning" : "good";
}

export interface RateVerdict {
  readonly average: number;
  readonly least: number;
  readonly isEnough: boolean;
}

/** The average of all measurements (kbit/s) against the share of the contracted rate; null until all are there. */
export function rateVerdict(kbps: readonly number[], wanted: number, contractedMbps: number, sharePercent: number): RateVerdict | null {
  if (kbps.length < wanted) return null;
  const average = Math.floor(kbps.reduce((sum, one) => sum + one, 0) / kbps.length);
  const least = contractedMbps * 10 * sharePercent;
  return { average, least, isEnough: average >= least };
}

function isAnswered(input: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement): boolean {
  if (input instanceof HTMLInputElement && (input.type === "radio" || input.type === "checkbox")) return input.checked;
  return input.value.trim() !== "";
}

/** The labels of what a form asks for and does not have yet. */
export function lackingIn(form: HTMLFormElement): string[] {
  const lacking: string[] = [];
  for (const part of form.querySelectorAll<HTMLElement>("[data-need]")) {
    const condition = part.dataset["needIf"];
    if (condition !== undefined && !isTicked(form, condition)) continue;
    const inputs = [...part.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("input, select, textarea")].filter(
      (input) => !(input instanceof HTMLInputElement && input.type === "hidden") && !("notAnAnswer" in input.dataset),
    );
    const isComplete = "needAll" in part.dataset ? inputs.every(isAnswered) : inputs.some(isAnswered);
    if (!isComplete) lacking.push(part.dataset["need"] ?? "");
  }
  return lacking;
}

function isTicked(form: HTMLFormElement, condition: string): boolean {
  const [name = "", value = ""] = condition.split("=");
  return [...form.querySelectorAll<HTMLInputElement>("input")].some(
    (input) => input.name === name && input.value === value && input.checked,
  );
}
