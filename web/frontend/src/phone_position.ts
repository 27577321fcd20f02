// Where the phone is: asked for by a tap, at hand at the door where it was allowed before.
import { words, write } from "./phone_texts";

const FIX_LASTS_MS = 2 * 60_000;

let fix: { readonly lat: number; readonly lon: number; readonly metres: number; readonly atMs: number } | null = null;
let watching: number | null = null;

/** Fill the page's position fields, or empty them: an old position proves nothing. */
export function fillPosition(): void {
  const isFresh = fix !== null && Date.now() - fix.atMs < FIX_LASTS_MS;
  const values: Readonly<Record<string, string>> =
    isFresh && fix ? { lat: fix.lat.toFixed(6), lon: fix.lon.toFixed(6), datum: "WGS84" } : {};
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-position]")) {
    input.value = values[input.dataset["position"] ?? ""] ?? "";
  }
}

/** Follow the phone to the door, if that was allowed before; nobody is asked. */
export async function watchIfAllowed(status: string): Promise<void> {
  const isNear = status === "en_route" || status === "on_site";
  if (!isNear || document.hidden) {
    if (watching !== null) navigator.geolocation.clearWatch(watching);
    watching = null;
    return;
  }
  if (watching !== null || !("geolocation" in navigator) || !("permissions" in navigator)) return;
  const permission = await navigator.permissions.query({ name: "geolocation" }).catch(() => null);
  if (permission?.state !== "granted" || watching !== null) return;
  watching = navigator.geolocation.watchPosition(take, () => undefined, { enableHighAccuracy: true });
}

/** A tap on the button that asks for the position. */
export function takePosition(button: HTMLButtonElement): void {
  navigator.geolocation.getCurrentPosition(
    (position) => {
      take(position);
      write(button, words(button.dataset["taken"], { metres: fix?.metres ?? "" }));
    },
    () => write(button, button.dataset["refused"] ?? ""),
    { enableHighAccuracy: true, timeout: 15_000 },
  );
}

function take(position: GeolocationPosition): void {
  const { latitude, longitude, accuracy } = position.coords;
  fix = { lat: latitude, lon: longitude, metres: Math.round(accuracy), atMs: Date.now() };
  fillPosition();
}
