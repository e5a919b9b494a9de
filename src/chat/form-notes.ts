/**
 * What a form is about, kept while it is open at a platform that keeps nothing for us, so that a restart loses nothing.
 *
 * It may be somebody's words, so it is kept under a key that stands in the form alone: where the form is gone, nobody
 * reads it any more.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ThreadId, WorkerId } from '../core/ids.ts';
import type { DeliveryStore } from './store.ts';

export interface FormNotes {
  /** Durable when it resolves; answers the key to it, 43 characters of letters, digits, `-` and `_`. */
  keep(form: string, place: ThreadId, text: string): Promise<string>;
  /** Undefined for a form that is not known, or with another key. */
  read(form: string, key: string): Promise<string | undefined>;
  /** The form was used. */
  forget(form: string): Promise<void>;
}

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Beside the deliveries: a form is a message of ours that shows no item. */
export function createFormNotes(deliveries: DeliveryStore, worker: WorkerId): FormNotes {
  const noteOf = (form: string): string => `form/${form}`;
  return {
    async keep(form, place, text) {
      const key = randomBytes(32);
      const iv = randomBytes(ivBytes);
      const lock = createCipheriv(cipher, key, iv).setAAD(Buffer.from(form));
      const locked = Buffer.concat([lock.update(text, 'utf8'), lock.final()]);
      await deliveries.claim(noteOf(form), place, worker, 0);
      const kept = Buffer.concat([iv, lock.getAuthTag(), locked]).toString('base64url');
      await deliveries.save(noteOf(form), kept, '');
      return key.toString('base64url');
    },
    async read(form, key) {
      const bytes = Buffer.from((await deliveries.find(noteOf(form)))?.reference ?? '', 'base64url');
      if (bytes.length < ivBytes + tagBytes) return undefined;
      try {
        const unlock = createDecipheriv(cipher, Buffer.from(key, 'base64url'), bytes.subarray(0, ivBytes))
          .setAAD(Buffer.from(form))
          .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
        const text = Buffer.concat([unlock.update(bytes.subarray(ivBytes + tagBytes)), unlock.final()]);
        return text.toString('utf8');
      } catch {
        // Another key, or altered bytes: either way it is not this form's.
        return undefined;
      }
    },
    forget: (form) => deliveries.save(noteOf(form), '', ''),
  };
}
