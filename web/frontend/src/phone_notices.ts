// What a technician must know of what was sent: how much waits, and what did not fit.
import type { KeptReport } from "./outbox";
import { named, words, write } from "./phone_texts";
import type { Answer, SendingState, Taken } from "./sender";

const SENTENCES: Readonly<Record<SendingState, string>> = {
  idle: "idle",
  waiting: "waiting",
  sending: "sendingNow",
  offline: "offline",
  "signed-out": "signedOut",
};

/** One line, always there: what is sent and what is not. */
export function saySending(state: SendingState, count: number): void {
  const line = document.querySelector<HTMLElement>("[data-sending]");
  if (!line) return;
  line.dataset["state"] = state;
  const sentence = state === "offline" && count === 0 ? "away" : SENTENCES[state];
  write(line, words(line.dataset[sentence], { count }));
  if (state === "signed-out") saySignIn();
}

/** Reports that were noted but do not fit, and those that were not taken. */
export function sayConflicts(sent: readonly KeptReport[], taken: readonly Taken[], answer: Answer): void {
  for (const one of taken) {
    const report = named("report-names", sent.find((kept) => kept.sequence === one.sequence)?.kind ?? "");
    if (one.outcome === "refused") notice(words(place()?.dataset["refused"], { report }));
    if (one.outcome === "conflict") notice(words(place()?.dataset["conflict"], { report, case: caseOf(one, answer) }));
  }
}

export function sayPhotoRefused(): void {
  notice(place()?.dataset["photoRefused"] ?? "");
}

function caseOf(taken: Taken, answer: Answer): string {
  return answer.day?.conflicts?.find((one) => one.sequence === taken.sequence)?.case_number ?? "\u2013";
}

function place(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-notices]");
}

function notice(text: string): HTMLElement | null {
  if ([...(place()?.children ?? [])].some((one) => one.textContent === text)) return null;
  const line = document.createElement("p");
  line.className = "notice";
  line.textContent = text;
  place()?.append(line);
  return line;
}

function saySignIn(): void {
  const line = notice(place()?.dataset["signIn"] ?? "");
  if (!line) return;
  const link = document.createElement("a");
  link.href = `${place()?.dataset["signInAddress"] ?? "/t/sign-in"}?next=${encodeURIComponent(location.pathname)}`;
  link.className = "button";
  link.textContent = line.textContent;
  line.replaceChildren(link);
}
