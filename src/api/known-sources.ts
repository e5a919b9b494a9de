/** What memory and documents told a run, for the cards in its thread: as everybody who reads there may be told. */
import type { Recall } from '../context/recall.ts';
import type { RecallItem } from '../context/recall-item.ts';
import { safeAddress } from '../chat/safe-address.ts';
import { asThreadId } from '../core/ids.ts';
import type { ThreadId } from '../core/ids.ts';
import { firstCharacters } from '../core/first-characters.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { RunState } from '../runs/run-state.ts';
import { itemsRead } from '../story/evidence.ts';
import type { KnownSource, KnownSources } from '../story/evidence.ts';

export interface KnownSourcesOptions {
  readonly recall: Pick<Recall, 'read'>;
  linkTo(thread: ThreadId): string | undefined;
}

const longestQuote = 80;

export function createKnownSources(options: KnownSourcesOptions): (state: RunState) => Promise<KnownSources> {
  return async ({ channel, thread, ...state }) => {
    const ids = itemsRead({ ...state, channel, thread });
    if (ids.length === 0) return new Map();
    try {
      // Of nobody in particular: what only the requester may be told is not for a card that others read.
      const items = await options.recall.read({ channel, thread }, ids);
      return new Map(items.map((item) => [item.id, sourceOf(item, options)]));
    } catch {
      // A question to people is not held up by what it only cites; what was read is counted on the card all the same.
      return new Map();
    }
  };
}

function sourceOf(item: RecallItem, options: KnownSourcesOptions): KnownSource {
  const source = makeVisible(item.source);
  const text = item.sort === 'memory' ? `memory «${quoted(item.text)}» (${source})` : source;
  const address = addressOf(item.link ?? '', options);
  return { text, ...(address !== undefined && { address }) };
}

function quoted(text: string): string {
  const line = makeVisible(text.replaceAll(/\s+/gu, ' ').trim());
  return line.length > longestQuote ? `${firstCharacters(line, longestQuote - 1)}…` : line;
}

const threadPrefix = 'thread:';

/** On the web, or a thread on its own platform; a path on some machine leads nobody anywhere. */
function addressOf(link: string, options: KnownSourcesOptions): string | undefined {
  const place = link.startsWith(threadPrefix)
    ? options.linkTo(asThreadId(link.slice(threadPrefix.length)))
    : link;
  const address = safeAddress(place ?? '');
  return address === undefined || address.protocol === 'mailto:' ? undefined : address.href;
}
