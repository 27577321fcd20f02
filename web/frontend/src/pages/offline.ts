// The service worker of technicians' phones: pages that were seen open again while the network is away.
//
// Pages come from the network whenever it answers in time; the last ones are kept until
// somebody signs out. It stands alone: a worker imports nothing.

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(name: "install" | "activate", heard: (event: Extendable) => void): void;
  addEventListener(name: "fetch", heard: (event: Fetching) => void): void;
}

const worker = self as unknown as Worker;
const PAGES = "punctual-pages-1";
const FILES = "punctual-files-1";
const PATIENCE_MS = 5_000;
const PAGE = /^\/t\/(visits\/\d+(\/card)?)?$/;

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (address.pathname === "/t/sign-out") event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (PAGE.test(address.pathname)) event.respondWith(page(request, address));
});

/** A file whose name changes with its content is asked for once. */
async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && new URL(request.url).pathname.startsWith("/static/assets/")) {
    const copy = answer.clone();
    const files = await caches.open(FILES);
    await files.put(request, copy);
  }
  return answer;
}

async function page(request: Request, address: URL): Promise<Response> {
  const pages = await caches.open(PAGES);
  const isOpened = request.mode === "navigate";
  const kept = isOpened ? await pages.match(address.pathname) : undefined;
  try {
    const answer = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401) await caches.delete(PAGES);
    else if (answer.ok && answer.headers.get("Content-Type")?.startsWith("text/html")) {
      await pages.put(address.pathname, answer.clone());
    }
    return answer.status >= 500 && kept ? kept : answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
