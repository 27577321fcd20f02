// Photos wait on the phone, too large for the shelf of the outbox, until the server has them.

export interface WaitingPhoto {
  readonly key: number;
  readonly technician: string;
  readonly visitId: number;
  readonly purpose: string;
  readonly takenAt: string;
  readonly content: Blob;
}

const STORE = "photos";
const LONGEST_SIDE = 1600;
const PATIENCE_MS = 60_000;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("punctual", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no storage"));
  });
}

async function within<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const asked = ask(database.transaction(STORE, mode).objectStore(STORE));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error ?? new Error("no storage"));
    });
  } finally {
    database.close();
  }
}

export async function keepPhoto(photo: Omit<WaitingPhoto, "key">): Promise<void> {
  await within("readwrite", (store) => store.add(photo));
}

export async function waitingPhotos(technician: string): Promise<WaitingPhoto[]> {
  const all = (await within("readonly", (store) => store.getAll())) as WaitingPhoto[];
  return all.filter((photo) => photo.technician === technician);
}

async function forget(key: number): Promise<void> {
  await within("readwrite", (store) => store.delete(key));
}

/** The picture as JPEG, no longer than needed to see what is on it; as it is if it cannot be drawn. */
export async function smaller(file: Blob): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((resolve) => canvas.toBlob((drawn) => resolve(drawn ?? file), "image/jpeg", 0.85));
  } catch {
    return file;
  }
}

/** Send what waits, one after the other; `onRefused` for one that the server will never take. */
export async function sendPhotos(technician: string, token: () => string, onRefused: () => void): Promise<void> {
  for (const photo of await waitingPhotos(technician)) {
    const form = new FormData();
    form.set("visit_id", String(photo.visitId));
    form.set("purpose", photo.purpose);
    form.set("taken_at", photo.takenAt);
    form.set("photo", photo.content, "photo.jpg");
    const answer = await fetch("/t/photos", {
      method: "POST",
      headers: { "X-CSRF-Token": token(), Accept: "application/json" },
      body: form,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const error = answer.ok ? null : ((await answer.json()) as { error?: string }).error;
    if (error === "photo_refused" || error === "required" || answer.status === 404 || answer.status === 413) onRefused();
    else if (!answer.ok) return;
    await forget(photo.key);
  }
}
