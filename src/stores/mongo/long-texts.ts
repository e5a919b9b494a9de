/**
 * Texts that are too long for their document: kept in parts of their own, saved before the document names them.
 *
 * A document stays under 1 MiB, whatever people and tools write.
 */
import type { Body, CommitDraft } from '../../ledger/commit.ts';
import type { MongoDatabase } from './database.ts';
import type { BodyDocument, CommitDocument, PartDocument } from './documents.ts';

/** In UTF-16 units; a unit takes three bytes at most. */
const longestInline = 20_000;
const longestInlineSum = 200_000;
const partLength = 250_000;

export interface PackedTexts {
  readonly events: string;
  readonly eventsIn?: string;
  readonly bodies: readonly BodyDocument[];
  readonly parts: readonly PartDocument[];
}

export function packTexts({ stream, seq, writer, events, bodies }: CommitDraft): PackedTexts {
  const parts: PartDocument[] = [];
  const base = `${stream}/${String(seq)}/${writer}`;
  let left = longestInlineSum;
  const keep = (text: string, place: string): boolean => {
    if (text.length <= Math.min(longestInline, left)) {
      left -= text.length;
      return true;
    }
    for (let part = 0; part * partLength < text.length; part += 1) {
      parts.push({
        _id: `${place}/${String(part)}`,
        place,
        part,
        text: text.slice(part * partLength, (part + 1) * partLength),
      });
    }
    return false;
  };
  const eventsText = JSON.stringify(events);
  const eventsPlace = `${base}/events`;
  const isShort = keep(eventsText, eventsPlace);
  return {
    events: isShort ? eventsText : '',
    ...(!isShort && { eventsIn: eventsPlace }),
    bodies: Object.entries(bodies).map(([name, body]) => {
      const json = asciiJson(body);
      const place = `${base}/body/${name}`;
      return keep(json, place) ? { name, json } : { name, in: place };
    }),
    parts,
  };
}

/** A part never ends inside a character, because every character is one unit. */
function asciiJson(body: Body): string {
  return JSON.stringify(body).replace(
    /[\u0080-\uffff]/gu,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export async function readTexts(
  database: MongoDatabase,
  document: Pick<CommitDocument, 'events' | 'eventsIn' | 'bodies'>,
): Promise<{ readonly events: string; readonly bodies: Readonly<Record<string, Body>> }> {
  const bodies: [string, Body][] = [];
  for (const { name, json, in: place } of document.bodies ?? []) {
    const text = json ?? (place === undefined ? undefined : await readParts(database, place));
    // Written by `packTexts` from a body; a text whose parts are gone is gone, which verification finds.
    if (text !== undefined) bodies.push([name, JSON.parse(text) as Body]);
  }
  const { eventsIn } = document;
  return {
    events: eventsIn === undefined ? document.events : ((await readParts(database, eventsIn)) ?? '[]'),
    // Not by assignment: `__proto__` is a name like any other.
    bodies: Object.fromEntries(bodies),
  };
}

async function readParts(database: MongoDatabase, place: string): Promise<string | undefined> {
  const parts = await database.parts.find({ place }).sort({ place: 1, part: 1 }).toArray();
  return parts.length === 0 ? undefined : parts.map(({ text }) => text).join('');
}
