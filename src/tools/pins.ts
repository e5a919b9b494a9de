/**
 * Pins: what each tool was when it was first seen, or when an operator last accepted it.
 *
 * One ledger stream per server, `pins/<server>`. First sight pins by itself; from then on a tool whose definition
 * or server differs is set aside until an operator accepts it. Two processes may pin at once: one append wins, the
 * other reads again and finds its tool pinned or drifted.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { newNonce } from '../core/ids.ts';
import { commitHash, noPrev, prevAfter, sealBody } from '../ledger/commit.ts';
import type { Body, Commit, LedgerEvent } from '../ledger/commit.ts';
import { textOf } from '../ledger/fold.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { ListedTool } from './listed-tools.ts';

export interface Pin {
  readonly definitionHash: string;
  readonly serverIdentity: string;
  /** The pinned definition as canonical JSON; undefined once erased. */
  readonly definition?: string;
}

export interface PinnedServer {
  readonly tools: ReadonlyMap<string, Pin>;
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

interface Head {
  readonly state: PinnedServer;
  readonly seq: number;
  readonly prev: string;
}

interface PinEvent {
  readonly kind: string;
  readonly data: LedgerEvent['data'];
  readonly definition?: string;
}

const empty: PinnedServer = { tools: new Map() };
/** Keeps a commit well below what a store takes in one document. */
const maxEventsPerCommit = 25;
const maxAttempts = 50;

/** Folds commits of one pins stream. Throws `ledger.unknown-event` for what a newer version wrote. */
export function foldPins(state: PinnedServer, commit: Commit): PinnedServer {
  const tools = new Map(state.tools);
  let { reviewedIdentity } = state;
  for (const event of commit.events) {
    const { kind, v, data } = event;
    if (v === 1 && (kind === 'tool.pinned' || kind === 'tool.accepted')) {
      const tool = textField(event, 'tool');
      // Of two first sights the earlier one stands.
      if (kind === 'tool.pinned' && tools.has(tool)) continue;
      const definition = textOf(data, commit.bodies, 'definition');
      tools.set(tool, {
        definitionHash: textField(event, 'definitionHash'),
        serverIdentity: textField(event, 'serverIdentity'),
        ...(definition === undefined ? {} : { definition }),
      });
    } else if (v === 1 && kind === 'server.reviewed') reviewedIdentity = textField(event, 'serverIdentity');
    else
      throw new AppError(
        'ledger.unknown-event',
        `${commit.stream}/${String(commit.seq)} holds ${kind} v${String(v)}.`,
      );
  }
  return { tools, ...(reviewedIdentity === undefined ? {} : { reviewedIdentity }) };
}

function textField(event: LedgerEvent, field: string): string {
  const value = event.data[field];
  if (typeof value !== 'string')
    throw new AppError('store.corrupt', `An event ${event.kind} has no ${field}.`);
  return value;
}

export function createPins(options: { readonly store: LedgerStore }): Pins {
  const { store } = options;
  const heads = new Map<string, Head>();
  const queues = new Map<string, Promise<unknown>>();

  /** One after the other per server: appends of this process never race each other. */
  function inTurn<Result>(server: string, work: () => Promise<Result>): Promise<Result> {
    const result = (queues.get(server) ?? Promise.resolve()).then(work);
    queues.set(
      server,
      result.catch(() => undefined),
    );
    return result;
  }

  async function readOn(server: string): Promise<Head> {
    let head: Head = heads.get(server) ?? { state: empty, seq: 0, prev: noPrev };
    for (const commit of await store.read(streamOf(server), head.seq)) {
      head = { state: foldPins(head.state, commit), seq: commit.seq + 1, prev: prevAfter(commit) };
    }
    heads.set(server, head);
    return head;
  }

  /** Appends what `decide` finds missing, deciding anew whenever another process was faster. */
  async function append(
    server: string,
    by: string,
    decide: (state: PinnedServer) => readonly PinEvent[],
  ): Promise<PinnedServer> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const head = await readOn(server);
      const missing = decide(head.state).slice(0, maxEventsPerCommit);
      if (missing.length === 0) return head.state;
      const bodies: Record<string, Body> = {};
      const events = missing.map((event, index): LedgerEvent => {
        if (event.definition === undefined) return { kind: event.kind, v: 1, data: event.data };
        const sealed = sealBody(`b${String(index)}`, event.definition);
        bodies[`b${String(index)}`] = sealed.body;
        return { kind: event.kind, v: 1, data: { ...event.data, definition: sealed.reference } };
      });
      const draft = {
        stream: streamOf(server),
        seq: head.seq,
        by,
        writer: newNonce(),
        events,
        prev: head.prev,
      };
      await store.append({ ...draft, hash: commitHash(draft), bodies, pending: false }, []);
    }
    throw new AppError(
      'store.unavailable',
      `The pins of ${server} could not be written: the stream keeps moving.`,
    );
  }

  function pinEvent(kind: 'tool.pinned' | 'tool.accepted', { tool, definition }: ListedTool): PinEvent {
    const { ownName, definitionHash, serverIdentity } = tool;
    return {
      kind,
      data: { tool: ownName, definitionHash, serverIdentity },
      definition: canonicalJson(definition),
    };
  }

  return {
    known: (server) => heads.get(server)?.state ?? empty,
    refresh: (server) => inTurn(server, async () => (await readOn(server)).state),
    pinNew: (server, listed) =>
      inTurn(server, () =>
        append(server, 'bot', (state) =>
          listed
            .filter(({ tool }) => !state.tools.has(tool.ownName))
            .map((entry) => pinEvent('tool.pinned', entry)),
        ),
      ),
    accept: (server, listed, by) =>
      inTurn(server, () =>
        append(server, by, (state) =>
          listed
            .filter(({ tool }) => !isPinnedAs(state.tools.get(tool.ownName), tool))
            .map((entry) => pinEvent('tool.accepted', entry)),
        ),
      ),
    review: (server, identity, by) =>
      inTurn(server, () =>
        append(server, by, (state) =>
          state.reviewedIdentity === identity
            ? []
            : [{ kind: 'server.reviewed', data: { serverIdentity: identity } }],
        ),
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

function streamOf(server: string): string {
  return `pins/${server}`;
}
