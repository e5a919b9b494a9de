/**
 * The browser's own powers, in one place: its clock, timers, storage, random ids and address bar.
 *
 * Pages run in a reader's browser, where the process's Clock does not exist. Everything else in this folder asks here.
 */

export function now(): Date {
  return new Date();
}

/** Runs once after the delay; call the answer to cancel. */
export function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => {
    clearTimeout(timer);
  };
}

/** A random id of 128 bits; works without https too, where `randomUUID` is missing. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A delay with jitter, doubling from one second to at most thirty. */
export function backoffMs(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** attempt) * (0.75 + Math.random() / 2);
}

/** For this tab only: two tabs may be two people of the demonstration. */
export const tabStore = keptIn(() => sessionStorage);
/** Kept after the browser closes. */
export const lastingStore = keptIn(() => localStorage);

export interface KeptText {
  read(key: string): string | undefined;
  write(key: string, text: string | undefined): void;
}

/** Storage may be forbidden or full; a page that cannot remember still works. */
function keptIn(storage: () => Storage): KeptText {
  return {
    read(key) {
      try {
        return storage().getItem(`countersign.${key}`) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(key, text) {
      try {
        if (text === undefined) storage().removeItem(`countersign.${key}`);
        else storage().setItem(`countersign.${key}`, text);
      } catch {
        // Nothing to do: the page goes on without remembering.
      }
    },
  };
}

/** A time in the reader's zone: «10:42» today, «tomorrow 10:42», «3 Nov 10:42» this year, «3 Nov 2025» else. */
export function shortMoment(at: Date, today: Date): string {
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  if (at.toDateString() === today.toDateString()) return at.toLocaleTimeString('en-GB', time);
  const tomorrow = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
  if (at.toDateString() === tomorrow.toDateString())
    return `tomorrow ${at.toLocaleTimeString('en-GB', time)}`;
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };
  if (at.getFullYear() === today.getFullYear()) {
    return `${at.toLocaleDateString('en-GB', day)} ${at.toLocaleTimeString('en-GB', time)}`;
  }
  return at.toLocaleDateString('en-GB', { ...day, year: 'numeric' });
}

/** «10:42:07», for a ledger, where seconds matter. */
export function exactTime(at: Date): string {
  return at.toLocaleTimeString('en-GB');
}

export function fullMoment(at: Date): string {
  return at.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' });
}

/** Hands the reader a text as a file. */
export function saveFile(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: 'application/json' }));
}

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}

/** Bytes that came as JSON. The type is the server's; nothing of it is run. */
export function blobOf(base64: string, mediaType: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: mediaType });
}
