/**
 * Pins: what each tool was when it was first seen, or when an operator last accepted it.
 *
 * One ledger stream per server, `pins/<server>`. First sight pins by itself; from then on a tool whose definition
 * or server differs is set aside until an operator accepts it. Two processes may pin at once: one append wins, the
 * other reads again and finds its tool pinned or drifted.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import type { EventDraft, FoldedEvent } from '../ledger/fold.ts';
import { createSmallStream, textField } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { ListedTool } from './listed-tools.ts';

export interface Pin {
  readonly definitionHash: string;
  readonly serverIdentity: string;
  /** The pinned definition as canonical JSON; undefined once erased. */
  readonly definition?: string;
  /** It came later than the others, and no operator has accepted it. */
  readonly isNew: boolean;
}

export interface PinnedServer {
  readonly tools: ReadonlyMap<string, Pin>;
  /** When its first tool was pinned, in milliseconds. */
  readonly firstPinnedAt?: number;
  /** The identity of the server that an operator reviewed. */
  readonly reviewedIdentity?: string;
}

export interface Pins {
  /** The pins as last read by this process. */
  known(server: string): PinnedServer;
  /** Reads what was added to the stream meanwhile. */
  refresh(server: string): Promise<PinnedServer>;
  /** Pins the tools that have no pin yet, as `bot`. */
  pinNew(server: string, listed: readonly ListedTool[]): Promise<PinnedServer>;
  /** An operator accepts tools as they are listed; those that already stand so are left out. */
  accept(server: string, listed: readonly ListedTool[], by: string): Promise<PinnedServer>;
  /** An operator has reviewed the server. */
  review(server: string, identity: string, by: string): Promise<PinnedServer>;
}

type PinEvent = Pick<EventDraft, 'kind' | 'data' | 'texts'>;

const empty: PinnedServer = { tools: new Map() };
/** Keeps a commit well below what a store takes in one document. */
const maxEventsPerCommit = 25;
/** What is pinned within this time of a server's first tool counts as listed at first sight: it takes several commits. */
const firstSightMs = 10 * 60_000;

/** Throws `ledger.unknown-event` for what a newer version wrote. */
function foldPins(state: PinnedServer, event: FoldedEvent): PinnedServer {
  const { kind, v } = event;
  if (v === 1 && kind === 'server.reviewed')
    return {
      ...state,
      reviewedIdentity: textField(event, 'serverIdentity'),
      tools: new Map([...state.tools].map(([name, pin]) => [name, { ...pin, isNew: false }])),
    };
  if (v !== 1 || (kind !== 'tool.pinned' && kind !== 'tool.accepted'))
    throw new AppError(
      'ledger.unknown-event',
      `The pins hold ${kind} v${String(v)} as event ${String(event.number)}.`,
    );
  const tool = textField(event, 'tool');
  // Of two first sights the earlier one stands.
  if (kind === 'tool.pinned' && state.tools.has(tool)) return state;
  const definition = event.text('definition');
  const at = event.stamp.at.getTime();
  const firstPinnedAt = state.firstPinnedAt ?? at;
  const pin: Pin = {
    isNew:
      kind === 'tool.pinned' && (state.reviewedIdentity !== undefined || at > firstPinnedAt + firstSightMs),
    definitionHash: textField(event, 'definitionHash'),
    serverIdentity: textField(event, 'serverIdentity'),
    ...(definition === undefined ? {} : { definition }),
  };
  return { ...state, firstPinnedAt, tools: new Map(state.tools).set(tool, pin) };
}

export function createPins(options: { readonly store: LedgerStore }): Pins {
  const streams = new Map<string, SmallStream<PinnedServer>>();

  function streamOf(server: string): SmallStream<PinnedServer> {
    const known = streams.get(server);
    if (known !== undefined) return known;
    const { store } = options;
    const stream = createSmallStream({ store, stream: `pins/${server}`, empty, fold: foldPins });
    streams.set(server, stream);
    return stream;
  }

  /** Appends what `decide` finds missing, in as many commits as that takes. */
  async function append(
    server: string,
    by: string,
    decide: (state: PinnedServer) => readonly PinEvent[],
  ): Promise<PinnedServer> {
    for (;;) {
      let left = 0;
      const state = await streamOf(server).append(by, (known) => {
        const missing = decide(known);
        left = missing.length - maxEventsPerCommit;
        return missing.slice(0, maxEventsPerCommit).map((event) => ({ ...event, v: 1 }));
      });
      if (left <= 0) return state;
    }
  }

  function pinEvent(kind: 'tool.pinned' | 'tool.accepted', { tool, definition }: ListedTool): PinEvent {
    const { ownName, definitionHash, serverIdentity } = tool;
    return {
      kind,
      data: { tool: ownName, definitionHash, serverIdentity },
      texts: { definition: canonicalJson(definition) },
    };
  }

  return {
    known: (server) => streamOf(server).known(),
    refresh: (server) => streamOf(server).read(),
    pinNew: (server, listed) =>
      append(server, 'bot', (state) =>
        listed
          .filter(({ tool }) => !state.tools.has(tool.ownName))
          .map((entry) => pinEvent('tool.pinned', entry)),
      ),
    accept: (server, listed, by) =>
      append(server, by, (state) =>
        listed
          .filter(({ tool }) => {
            const pin = state.tools.get(tool.ownName);
            return !isPinnedAs(pin, tool) || pin?.isNew === true;
          })
          .map((entry) => pinEvent('tool.accepted', entry)),
      ),
    review: (server, identity, by) =>
      append(server, by, (state) =>
        state.reviewedIdentity === identity
          ? []
          : [{ kind: 'server.reviewed', data: { serverIdentity: identity } }],
      ),
  };
}

/** True when the pin stands for exactly this definition on exactly this server. */
export function isPinnedAs(
  pin: Pin | undefined,
  tool: { readonly definitionHash: string; readonly serverIdentity: string },
): boolean {
  return pin?.definitionHash === tool.definitionHash && pin.serverIdentity === tool.serverIdentity;
}
