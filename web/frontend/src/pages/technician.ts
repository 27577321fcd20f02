// The phone of a technician: every tap is kept on the phone first, then sent; the page shows
// at once what it leads to, and says honestly what is not sent yet.
import "../style/base.css";
import "../style/technician.css";
import { hint, mayGo } from "../close_out_form";
import { afterReports, type Seen } from "../optimism";
import { Outbox, type KeptReport } from "../outbox";
import { PhoneClock } from "../phone_clock";
import { dropDraft, dropDraftsOf, fieldsOf, keepDraft, takeUpDraft } from "../phone_drafts";
import { sayConflicts, sayPhotoRefused, saySending } from "../phone_notices";
import { fillPosition, takePosition, watchIfAllowed } from "../phone_position";
import { minutesAndSeconds, named, show, words, write } from "../phone_texts";
import { keepPhoto, sendPhotos, smaller, waitingPhotos } from "../photo_queue";
import { startPolling } from "../poll";
import { refreshTimes, type BusinessClock } from "../relative_time";
import { readForm } from "../report_form";
import { Sender, type SendingState } from "../sender";

const POLL_MS = 20_000;
const HEARTBEAT_MS = 4 * 60_000;
const TICK_MS = 1_000;

const phone = document.querySelector<HTMLElement>(".phone");
const language = document.documentElement.lang || "en";
const technician = phone?.dataset["technician"] ?? "";
const clock = new PhoneClock(JSON.parse(phone?.dataset["businessClock"] ?? "null") as BusinessClock | null);
const outbox = new Outbox(localStorage, technician);
/** Taken by the server, but not yet on the page that it gave. */
let onTheirWay: KeptReport[] = [];
let lastHeardMs = Date.now();

const main = (): HTMLElement => document.querySelector("main") ?? document.body;
const visitPart = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-visit]");
const visitId = (): number | null => (visitPart() ? Number(visitPart()?.dataset["visit"]) : null);
const draftOwner = (): string => `${technician}.${visitId() ?? ""}`;
const token = (): string => document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";

// --- what is seen -----------------------------------------------------------------------------

function reportsOf(id: number): KeptReport[] {
  return [...onTheirWay, ...outbox.waiting()].filter((report) => report.visit_id === id);
}

function seen(element: HTMLElement, id: number): Seen {
  const { status = "", appointed = "", arrived = "", undoUntil = "" } = element.dataset;
  const undoUntilMs = undoUntil ? Date.parse(undoUntil) : null;
  const said: Seen = { status, appointed, arrived, arrivedAs: null, undoUntilMs, isUnsent: false };
  const isUnsent = outbox.waiting().some((report) => report.visit_id === id);
  return { ...afterReports(said, reportsOf(id)), isUnsent };
}

/** The page as it will be once everything has been sent. */
function present(): void {
  for (const row of document.querySelectorAll<HTMLElement>("[data-visit-row]")) {
    const state = seen(row, Number(row.dataset["visitRow"]));
    write(row.querySelector("[data-status-words]"), named("status-names", state.status));
    row.dataset["now"] = state.status;
    show(row.querySelector("[data-unsent]"), state.isUnsent);
  }
  const visit = visitPart();
  if (visit) presentVisit(visit, seen(visit, visitId() ?? 0));
}

function presentVisit(visit: HTMLElement, state: Seen): void {
  visit.dataset["now"] = state.status;
  for (const part of document.querySelectorAll<HTMLElement>("[data-when]")) {
    show(part, (part.dataset["when"] ?? "").split(" ").includes(state.status));
  }
  write(visit.querySelector(".visit-head [data-status-words]"), named("status-names", state.status));
  show(visit.querySelector(".visit-head [data-unsent]"), state.isUnsent);
  if (state.appointed && state.appointed !== visit.dataset["appointed"]) {
    write(visit.querySelector(".visit-when"), state.appointed.slice(11, 16));
  }
  for (const button of document.querySelectorAll<HTMLElement>("[data-second-in]")) {
    button.classList.toggle("second", button.dataset["secondIn"] === state.status);
  }
  presentUndo(visit, state);
  presentWait(visit, state);
}

function presentUndo(visit: HTMLElement, state: Seen): void {
  const leftMs = state.undoUntilMs === null ? 0 : state.undoUntilMs - clock.now();
  const part = visit.querySelector("[data-undo]");
  show(part, state.status === "on_site" && leftMs > 0);
  write(part?.querySelector("[data-undo-left]"), minutesAndSeconds(leftMs));
  const sequence = part?.querySelector<HTMLInputElement>('[name="p.sequence:int"]');
  if (sequence && state.arrivedAs !== null) sequence.value = String(state.arrivedAs);
}

function presentWait(visit: HTMLElement, state: Seen): void {
  const wait = visit.querySelector<HTMLElement>("[data-wait-s]");
  if (!wait) return;
  const leftMs = state.arrived ? Date.parse(state.arrived) + Number(wait.dataset["waitS"]) * 1000 - clock.now() : 0;
  wait.dataset["isOver"] = String(leftMs <= 0);
  const left = words(wait.dataset["left"], { time: minutesAndSeconds(leftMs) });
  write(wait, leftMs > 0 ? left : (wait.dataset["over"] ?? ""));
  const since = visit.querySelector<HTMLInputElement>("[data-waited-since]");
  if (since && state.arrived) since.value = state.arrived;
  const calls = visit.querySelector<HTMLElement>("[data-calls-made]");
  const count = Number(calls?.dataset["count"]) + callsMade(visit, state).length;
  write(calls, words(calls?.dataset["words"], { count }));
}

/** The records of the calls made from the door that the page does not know yet. */
function callsMade(visit: HTMLElement, state: Seen): string[] {
  const known = [...visit.querySelectorAll<HTMLInputElement>('[name="p.call_records:list"]')].map((one) => one.value);
  const fromDoor = reportsOf(visitId() ?? 0).filter(
    (report) => report.kind === "contact_tried" && state.arrived && Date.parse(report.device_at) >= Date.parse(state.arrived),
  );
  return fromDoor.map((report) => String(report.payload["call_record"] ?? "")).filter((one) => one && !known.includes(one));
}

// --- what is sent -----------------------------------------------------------------------------

const sender = new Sender({
  outbox,
  url: "/t/reports",
  device: phone?.dataset["device"] ?? "",
  token,
  now: () => clock.iso(),
  onState: sayState,
  onTaken: (sent, taken, answer) => {
    lastHeardMs = Date.now();
    clock.hear(answer.now);
    onTheirWay = [...onTheirWay, ...sent];
    sayConflicts(sent, taken, answer);
    void refresh(answer.day?.mark);
  },
});

function sayState(state: SendingState, count: number): void {
  saySending(state, count);
  present();
}

function submitReport(form: HTMLFormElement, button: HTMLElement | null): void {
  const kind = form.dataset["report"] ?? "";
  const visit = visitPart();
  if ("mayLack" in form.dataset && !mayGo(form)) return;
  const payload = readForm(fieldsOf(form, button), clock.now());
  if (kind === "nobody_there" && visit) {
    const known = (payload["call_records"] as string[] | undefined) ?? [];
    payload["call_records"] = [...known, ...callsMade(visit, seen(visit, visitId() ?? 0))];
  }
  outbox.add({ kind, device_at: clock.iso(), visit_id: visitId(), payload }, Date.now());
  dropDraft(form, draftOwner());
  form.reset();
  form.closest("details")?.removeAttribute("open");
  begunCall();
  sender.say();
  void sender.send();
  if (kind === "declined") location.assign("/t/");
  else focusNextStep();
  if (form.closest(".next-step")) window.scrollTo({ top: 0 });
}

/** Each call has a record of its own. */
function begunCall(): void {
  const bytes = [...crypto.getRandomValues(new Uint8Array(8))];
  const record = `dialled:${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-call-record]")) input.value = record;
}

function focusNextStep(): void {
  present();
  document.querySelector<HTMLElement>(".next-step > :not([hidden]) .button")?.focus({ preventScroll: true });
}

// --- the page anew ----------------------------------------------------------------------------

function isEditing(): boolean {
  const isTyping = document.activeElement?.matches("main input, main textarea, main select") ?? false;
  return isTyping || main().querySelector("form[data-dirty], details[open]") !== null;
}

let isRefreshing = false;

/** Take the server's page; while somebody fills in a form, only the parts around it. */
async function refresh(mark?: string): Promise<void> {
  if (isRefreshing || (mark !== undefined && mark === phone?.dataset["mark"] && onTheirWay.length === 0)) return;
  isRefreshing = true;
  const shown = onTheirWay;
  let isTaken = false;
  try {
    const asked = { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15_000) };
    const answer = await fetch(location.pathname + location.search, asked);
    if (answer.status === 404) location.assign("/t/");
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    onTheirWay = onTheirWay.filter((one) => !shown.includes(one));
    takeOver(page);
    isTaken = true;
  } catch {
    // the network is away: what is shown stays
  } finally {
    isRefreshing = false;
    present();
  }
  if (isTaken && onTheirWay.length > 0) await refresh();
}

function takeOver(page: Document): void {
  const [fresh, freshMain] = [page.querySelector<HTMLElement>(".phone"), page.querySelector<HTMLElement>("main")];
  if (!fresh || !freshMain || !phone) return;
  phone.dataset["mark"] = fresh.dataset["mark"] ?? "";
  clock.hear(fresh.dataset["now"]);
  const [meta, freshMeta] = [document, page].map((one) => one.querySelector<HTMLMetaElement>('meta[name="csrf-token"]'));
  if (meta && freshMeta) meta.content = freshMeta.content;
  if (isEditing()) {
    takeOverParts(freshMain);
    return;
  }
  const hadStep = document.activeElement?.closest(".next-step") != null;
  main().replaceWith(document.adoptNode(freshMain));
  prepare();
  if (hadStep) focusNextStep();
}

function takeOverParts(freshMain: HTMLElement): void {
  for (const part of main().querySelectorAll<HTMLElement>("[data-live]")) {
    const other = freshMain.querySelector(`[data-live="${part.dataset["live"] ?? ""}"]`);
    const isInUse = part.contains(document.activeElement) && document.activeElement !== document.body;
    if (other && other.innerHTML !== part.innerHTML && !isInUse) part.replaceWith(document.adoptNode(other));
  }
  const [visit, freshVisit] = [visitPart(), freshMain.querySelector<HTMLElement>("[data-visit]")];
  for (const name of ["status", "appointed", "arrived", "undoUntil"]) {
    if (visit && freshVisit) visit.dataset[name] = freshVisit.dataset[name] ?? "";
  }
}

// --- photos -----------------------------------------------------------------------------------

async function keepPicture(input: HTMLInputElement, form: HTMLFormElement): Promise<void> {
  const [file] = [...(input.files ?? [])];
  const [visit, purpose] = [visitId(), new FormData(form).get("purpose")];
  if (!file || visit === null) return;
  const about = { technician, visitId: visit, purpose: typeof purpose === "string" ? purpose : "work", takenAt: clock.iso() };
  await keepPhoto({ ...about, content: await smaller(file) });
  input.value = "";
  await passPhotosOn();
}

async function passPhotosOn(): Promise<void> {
  const waited = await countPhotos();
  if (waited === 0) return;
  await sendPhotos(technician, token, sayPhotoRefused).catch(() => undefined);
  if ((await countPhotos()) < waited) await refresh();
}

/** Says how many photos of this visit wait, and returns how many do in all; none where the browser keeps none. */
async function countPhotos(): Promise<number> {
  const waiting = await waitingPhotos(technician).catch(() => []);
  const form = document.querySelector<HTMLElement>("[data-photos]");
  const here = waiting.filter((photo) => photo.visitId === visitId()).length;
  const stored = Number(form?.dataset["count"]);
  const storedWords = stored > 0 ? words(form?.dataset["words"], { count: stored }) : "";
  write(form?.querySelector("[data-photo-count]"), here > 0 ? words(form?.dataset["waiting"], { count: here }) : storedWords);
  return waiting.length;
}

// --- beginning --------------------------------------------------------------------------------

/** The link to a part is not needed while the part is on the screen. */
const onScreen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const link = document.querySelector(`[data-leads-to="${CSS.escape(entry.target.id)}"]`);
    link?.classList.toggle("is-there", entry.isIntersecting);
  }
});

/** Make the page that the server gave ready for use; again whenever it gave another. */
function prepare(): void {
  for (const form of main().querySelectorAll<HTMLFormElement>("form[data-draft]")) takeUpDraft(form, draftOwner());
  for (const form of main().querySelectorAll<HTMLFormElement>("form[data-may-lack]")) hint(form);
  for (const part of main().querySelectorAll("[data-plain-only]")) part.remove();
  for (const button of main().querySelectorAll("[data-take-position]")) show(button, "geolocation" in navigator);
  onScreen.disconnect();
  for (const link of main().querySelectorAll<HTMLElement>("[data-leads-to]")) {
    const part = document.getElementById(link.dataset["leadsTo"] ?? "");
    if (part) onScreen.observe(part);
  }
  main().querySelector<HTMLElement>("[data-focus]")?.focus();
  fillPosition();
  tick();
  void countPhotos();
}

function tick(): void {
  refreshTimes(document, { machine: Date.now(), business: clock.now() }, language);
  present();
  void watchIfAllowed(visitPart()?.dataset["now"] ?? "");
}

/** Have the pages of the day at hand before the network goes away. */
async function lookAhead(): Promise<void> {
  if (!navigator.serviceWorker?.controller) return;
  const paths = [...document.querySelectorAll<HTMLAnchorElement>("a[data-visit-row]")].map((link) => link.pathname);
  for (const path of new Set(paths)) await fetch(path, { headers: { Accept: "text/html" } }).catch(() => undefined);
}

function heard(document: unknown): void {
  const { mark, error } = document as { mark?: string; error?: string };
  if (error === "not_signed_in") sayState("signed-out", outbox.waiting().length);
  else void refresh(mark);
}

function answered(): void {
  const isQuiet = Date.now() - lastHeardMs > HEARTBEAT_MS;
  void sender.send(isQuiet);
  void passPhotosOn();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if ("report" in form.dataset) {
    event.preventDefault();
    submitReport(form, event.submitter);
  } else if ("signOut" in form.dataset) {
    if (outbox.waiting().length > 0 && !confirm(form.dataset["warning"])) event.preventDefault();
    else dropDraftsOf(technician);
  }
});

document.addEventListener("input", (event) => {
  const input = event.target as HTMLElement;
  const form = input.closest("form");
  if (!form || !("report" in form.dataset)) return;
  if (input instanceof HTMLInputElement && "whenTicked" in input.dataset) input.value = input.checked ? clock.iso() : "yes";
  keepDraft(form, draftOwner());
  if ("mayLack" in form.dataset) hint(form);
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input instanceof HTMLInputElement && input.type === "file" && input.form) void keepPicture(input, input.form);
});

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element ? event.target : null;
  if (pressed?.closest("[data-call]")) {
    begunCall();
    document.querySelector("#call")?.scrollIntoView({ block: "center" });
  }
  const position = pressed?.closest<HTMLButtonElement>("[data-take-position]");
  if (position) takePosition(position);
  if (pressed?.closest("[data-print]")) print();
});

if (phone) {
  // a page that the service worker kept says what time it was then
  if (!navigator.serviceWorker?.controller) clock.hear(phone.dataset["now"]);
  prepare();
  sender.say();
  void sender.send(Boolean(navigator.serviceWorker?.controller));
  void passPhotosOn();
  window.addEventListener("online", () => void sender.send().then(passPhotosOn));
  window.addEventListener("storage", present);
  startPolling({
    url: "/t/day.json",
    everyMs: POLL_MS,
    onChange: heard,
    onAnswer: answered,
    onSilence: () => sayState("offline", outbox.waiting().length),
  });
  setInterval(tick, TICK_MS);
  // not awaited: a phone without it works as well while it has a network
  void navigator.serviceWorker?.register("/sw.js", { scope: "/t/" }).catch(() => undefined);
  if (location.pathname === "/t/") void lookAhead();
}
