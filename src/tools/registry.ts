/**
 * The registry: which tools there are, each held against its pin.
 *
 * A tool is ready when its definition and its server are what was pinned. A change sets it aside until an operator
 * accepts it. Right before a dispatch the server is asked anew, so a tool swapped since the approval is noticed.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { Logger } from '../core/logger.ts';
import { readListedTools } from './listed-tools.ts';
import type { ListedTool, ListedTools } from './listed-tools.ts';
import { isPinnedAs } from './pins.ts';
import type { Pins } from './pins.ts';
import type { LiveServer, ServerConnection } from './server-connection.ts';
import type { ReviewStanding, Tool, ToolRegistry, ToolState } from './tool.ts';
import { createToolSchemas } from './tool-schemas.ts';

export interface ToolRegistryOptions {
  readonly connections: ReadonlyMap<string, ServerConnection>;
  readonly pins: Pins;
  /** Servers that the policy's `servers` section vouches for. Read at each question, so a live set works. */
  reviewed(): ReadonlySet<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What an operator needs to look at a server and to accept it. */
export interface ToolReview {
  /** Everything the server lists at this moment: each tool's state, its pinned definition, and what was refused. */
  inspect(server: string): Promise<ServerInspection>;
  /** Accepts tools of a server as they are listed at this moment; all of them when none are named. */
  accept(server: string, by: string, ownNames?: readonly string[]): Promise<void>;
  /**
   * Accepts all tools of a server and marks it reviewed.
   *
   * `seen` is the `listing` that the operator was shown. When the server lists anything else by now, nothing is
   * accepted and the answer is false.
   */
  review(server: string, by: string, seen: string): Promise<boolean>;
}

export interface ServerInspection {
  readonly server: string;
  /** Names exactly what is listed: a hash over the server's identity and every definition. */
  readonly listing: string;
  readonly tools: readonly InspectedTool[];
  readonly refused: readonly string[];
  /** Tools that were pinned and are listed no more. */
  readonly gone: readonly string[];
}

export interface InspectedTool {
  readonly state: Exclude<ToolState, { readonly kind: 'unknown' | 'unreachable' }>;
  /** It came later than the others, and no operator has accepted it. */
  readonly isNew: boolean;
  /** The definition as listed. */
  readonly definition: ListedTool['definition'];
  /** The pinned definition as canonical JSON, for a diff. */
  readonly pinnedDefinition?: string;
}

/** How old a listing may be and still count as fresh. */
const freshMs = 1000;
/** At most one listing in this time because a server says that its list has changed. */
const changedEveryMs = 5000;

interface Listing extends ListedTools {
  readonly live: LiveServer;
  /** When the server was asked; what it answered cannot be older. */
  readonly askedAt: number;
}

interface ServerShelf {
  readonly connection: ServerConnection;
  listing?: Listing;
  /** The listing under way, and when it was asked for. */
  asking?: { readonly at: number; readonly answer: Promise<Listing> };
  relisting?: Timer;
  lastAskedAt: number;
}

export function createToolRegistry(options: ToolRegistryOptions): ToolRegistry & ToolReview {
  const { connections, pins, clock, logger } = options;
  const schemas = createToolSchemas();
  const shelves = new Map<string, ServerShelf>();
  let isStopped = false;
  for (const [name, connection] of connections) {
    const shelf: ServerShelf = { connection, lastAskedAt: Number.NEGATIVE_INFINITY };
    shelves.set(name, shelf);
    connection.onListChanged(() => {
      relistSoon(shelf);
    });
  }

  function relistSoon(shelf: ServerShelf): void {
    if (shelf.relisting !== undefined || isStopped) return;
    const waitMs = Math.max(0, shelf.lastAskedAt + changedEveryMs - clock.monotonicMs());
    shelf.relisting = clock.after(waitMs, () => {
      delete shelf.relisting;
      if (isStopped) return;
      ask(shelf).catch((error: unknown) => {
        logger.warn('tool-server.listing-failed', {
          server: shelf.connection.name,
          why: describeError(error),
        });
      });
    });
  }

  function ask(shelf: ServerShelf): Promise<Listing> {
    const at = clock.monotonicMs();
    shelf.lastAskedAt = at;
    const answer = listAndPin(shelf, at).finally(() => {
      if (shelf.asking?.answer === answer) delete shelf.asking;
    });
    shelf.asking = { at, answer };
    return answer;
  }

  async function listAndPin(shelf: ServerShelf, askedAt: number): Promise<Listing> {
    const { connection } = shelf;
    const live = await connection.open();
    const listed = readListedTools(connection, await live.list());
    await pins.pinNew(connection.name, [...listed.tools.values()]);
    const listing = { ...listed, live, askedAt };
    live.noteListed(
      new Map([...listed.tools].map(([ownName, entry]) => [ownName, entry.tool.definitionHash])),
    );
    // A slower, older answer must not replace a younger one.
    if (shelf.listing === undefined || shelf.listing.live !== live || shelf.listing.askedAt <= askedAt)
      shelf.listing = listing;
    for (const why of listed.refused) logger.warn('tool.refused', { server: connection.name, why });
    for (const { tool } of listed.tools.values()) {
      const state = stateOf(tool);
      if (state.kind === 'drifted') logger.warn('tool.drifted', { tool: tool.name, why: state.why });
    }
    return listing;
  }

  /** A listing no older than asked for. */
  async function listingOf(shelf: ServerShelf, isFresh: boolean): Promise<Listing> {
    const oldest = isFresh ? clock.monotonicMs() - freshMs : Number.NEGATIVE_INFINITY;
    const { listing, asking } = shelf;
    if (listing?.live.isAlive() === true && listing.askedAt >= oldest) return listing;
    if (asking !== undefined && asking.at >= oldest) return asking.answer;
    return ask(shelf);
  }

  function stateOf(tool: Tool): Exclude<ToolState, { readonly kind: 'unknown' | 'unreachable' }> {
    const pin = pins.known(tool.server).tools.get(tool.ownName);
    if (isPinnedAs(pin, tool)) return { kind: 'ready', tool };
    const why =
      pin === undefined
        ? 'It has not been pinned yet.'
        : pin.serverIdentity !== tool.serverIdentity
          ? 'The server is not the one it was pinned on: its command, arguments or address changed.'
          : 'Its definition changed since it was pinned.';
    return {
      kind: 'drifted',
      tool,
      pinnedHash: pin?.definitionHash ?? '',
      why: `${why} Look at it with «countersign tools review ${tool.server}».`,
    };
  }

  function shelfOf(server: string): ServerShelf {
    const shelf = shelves.get(server);
    if (shelf === undefined)
      throw new AppError('tool.unknown', `There is no tool server named ${server} in mcp.json.`);
    return shelf;
  }

  function listedTools(listing: Listing): readonly Tool[] {
    return [...listing.tools.values()].map(({ tool }) => tool);
  }

  function isReviewed(server: string): boolean {
    const connection = connections.get(server);
    if (connection === undefined) return false;
    return options.reviewed().has(server) || pins.known(server).reviewedIdentity === connection.identity;
  }

  function isNew(tool: Pick<Tool, 'server' | 'ownName'>): boolean {
    return pins.known(tool.server).tools.get(tool.ownName)?.isNew === true;
  }

  function reviewOf(name: string): ReviewStanding {
    const slash = Math.max(0, name.indexOf('/'));
    const server = name.slice(0, slash);
    return {
      isServerReviewed: isReviewed(server),
      isNewTool: isNew({ server, ownName: name.slice(slash + 1) }),
    };
  }

  /** The list as it is now. Throws `tool-server.unreachable` without a secret of the server. */
  async function freshListing(server: string): Promise<Listing> {
    const shelf = shelfOf(server);
    try {
      return await listingOf(shelf, true);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, shelf.connection.redact(error.message), { cause: error });
    }
  }

  async function accept(server: string, by: string, ownNames?: readonly string[]): Promise<void> {
    const listing = await freshListing(server);
    const missing = ownNames?.find((ownName) => !listing.tools.has(ownName));
    if (missing !== undefined)
      throw new AppError('tool.unknown', `${server} lists no tool named ${missing}.`);
    await pins.accept(
      server,
      [...listing.tools.values()].filter(({ tool }) => ownNames?.includes(tool.ownName) !== false),
      by,
    );
  }

  return {
    async list() {
      const found = await Promise.all(
        [...shelves.values()].map(async (shelf) => {
          try {
            return listedTools(await listingOf(shelf, false)).filter(
              (tool) => stateOf(tool).kind === 'ready',
            );
          } catch (error) {
            logger.debug('tool-server.left-out', {
              server: shelf.connection.name,
              why: describeError(error),
            });
            return [];
          }
        }),
      );
      return found.flat();
    },
    async find(name, findOptions) {
      const slash = name.indexOf('/');
      const shelf = shelves.get(name.slice(0, Math.max(slash, 0)));
      if (shelf === undefined) return { kind: 'unknown' };
      const { connection } = shelf;
      try {
        const isFresh = findOptions?.fresh === true;
        const listing = await listingOf(shelf, isFresh);
        const tool = listing.tools.get(name.slice(slash + 1))?.tool;
        if (tool === undefined) return { kind: 'unknown' };
        // Another process may have accepted the tool, or pinned another definition, since this one looked.
        if (isFresh || stateOf(tool).kind === 'drifted') await pins.refresh(connection.name);
        return stateOf(tool);
      } catch (error) {
        return { kind: 'unreachable', server: connection.name, why: connection.redact(describeError(error)) };
      }
    },
    findMisfit: (tool, args) => schemas.findMisfit(tool, args),
    isReviewed,
    reviewOf,
    servers() {
      return [...shelves.values()].map(({ connection, listing }) => {
        const { state, detail } = connection.status();
        const tools = listing === undefined ? [] : listedTools(listing);
        const details = [
          ...(detail === undefined ? [] : [detail]),
          ...(listing?.refused ?? []).map((why) => `refused ${why}`),
        ];
        return {
          name: connection.name,
          state,
          tools: tools.length,
          drifted: tools.filter((tool) => stateOf(tool).kind === 'drifted').length,
          newTools: tools.filter(isNew).length,
          isReviewed: isReviewed(connection.name),
          ...(details.length === 0 ? {} : { detail: details.join('; ') }),
        };
      });
    },
    async inspect(server) {
      const listing = await freshListing(server);
      const pinned = await pins.refresh(server);
      return {
        server,
        listing: nameOfListing(shelfOf(server).connection.identity, listing),
        gone: [...pinned.tools.keys()].filter((ownName) => !listing.tools.has(ownName)),
        refused: listing.refused,
        tools: [...listing.tools.values()].map(({ tool, definition }) => {
          const pinnedDefinition = pinned.tools.get(tool.ownName)?.definition;
          return {
            state: stateOf(tool),
            isNew: isNew(tool),
            definition,
            ...(pinnedDefinition === undefined ? {} : { pinnedDefinition }),
          };
        }),
      };
    },
    accept,
    async review(server, by, seen) {
      const { identity } = shelfOf(server).connection;
      const listing = await freshListing(server);
      if (nameOfListing(identity, listing) !== seen) return false;
      await pins.accept(server, [...listing.tools.values()], by);
      await pins.review(server, identity, by);
      return true;
    },
    async stop() {
      isStopped = true;
      for (const shelf of shelves.values()) shelf.relisting?.cancel();
      await Promise.all([...connections.values()].map((connection) => connection.stop()));
    },
  };
}

function nameOfListing(identity: string, { tools }: ListedTools): string {
  const hashes = [...tools].map(([ownName, { tool }]) => [ownName, tool.definitionHash]);
  return sha256(canonicalJson([identity, Object.fromEntries(hashes)]));
}
