/**
 * The gateway: hello, identify, resume, heartbeats, shards; and the ways in which a real one goes away.
 *
 * Every process that identifies has a session of its own for each of its shards, and hears everything on one of them.
 */
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { guildCreate, shardOf } from './gateway-guilds.ts';
import type { FakeState } from './state.ts';

export interface FakeGateway {
  /** Sends an event to the bot; kept while nobody is connected, for a resume. */
  dispatch(name: string, payload: object): void;
  /** The last message that was said arrives once more. */
  repeat(): void;
  /** Cuts the connections, or those of one shard, without a word, as a broken network does. */
  drop(shard?: number): void;
  /** Asks the bot to reconnect (op 7). */
  askToReconnect(): void;
  /** Says that the session is over (op 9). */
  invalidate(isResumable: boolean): void;
  /** Closes with a code: 4004, 4014… */
  close(code: number): void;
  /** The next identify is refused with this code. */
  refuseIdentify(code: number): void;
  /** Anybody, or anybody's shard of this number. */
  isConnected(shard?: number): boolean;
  readonly counts: {
    identifies: number;
    resumes: number;
    heartbeats: number;
    /** Identifies of shards that may not begin together, too soon after one another. */
    hasty: number;
  };
  /** The shards of all sessions that were begun: number and count. */
  readonly shards: (readonly [number, number])[];
  /** The intents of the last identify. */
  intents(): number;
  stop(): void;
}

interface Packet {
  readonly op: number;
  readonly d?: unknown;
}

interface Session {
  readonly id: string;
  /** Its number, and how many there are. */
  readonly shard: readonly [number, number];
  readonly log: { readonly seq: number; readonly t: string; readonly d: object }[];
  seq: number;
  socket: WebSocket | undefined;
  /** When its connection ended. */
  leftAt: number;
}

/** For so long a session can be resumed. */
const resumableMs = 90_000;

export function createGateway(server: Server, state: FakeState, port: () => number): FakeGateway {
  const sockets = new WebSocketServer({ server });
  const counts = { identifies: 0, resumes: 0, heartbeats: 0, hasty: 0 };
  const shards: (readonly [number, number])[] = [];
  const lastBegun = new Map<number, number>();
  let sessions: Session[] = [];
  let lastSaid: object | undefined;
  let refusal: number | undefined;
  let intents = 0;

  function send(socket: WebSocket, packet: object): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(packet));
  }

  const connected = (): readonly WebSocket[] => sessions.flatMap(({ socket }) => socket ?? []);

  function tell(session: Session, t: string, d: object): void {
    session.seq += 1;
    session.log.push({ seq: session.seq, t, d });
    if (session.socket !== undefined) send(session.socket, { op: 0, s: session.seq, t, d });
  }

  function dispatch(t: string, d: object): void {
    if (t === 'MESSAGE_CREATE') lastSaid = d;
    sessions = sessions.filter(
      ({ socket, leftAt }) => socket !== undefined || Date.now() - leftAt < resumableMs,
    );
    // Every event of a guild names it; what names none is said directly, which only the first shard hears.
    const { guild_id: guild } = d as { readonly guild_id?: string };
    for (const session of sessions) {
      const [shard, count] = session.shard;
      if (shard === (guild === undefined ? 0 : shardOf(guild, count))) tell(session, t, d);
    }
  }

  /** Why an identify of this shard is refused; undefined when it is not. */
  function findShardFault(shard: number, count: number): number | undefined {
    if (!Number.isInteger(shard) || shard < 0 || shard >= count) return 4010;
    return count < state.shards ? 4011 : undefined;
  }

  /** Whether it comes too soon after another one of its group. Bots of one shard are not looked at. */
  function isHasty(shard: number, count: number): boolean {
    if (count === 1) return false;
    const group = shard % state.identifiesAtOnce;
    const last = lastBegun.get(group);
    lastBegun.set(group, Date.now());
    return last !== undefined && Date.now() - last < state.identifyApartMs;
  }

  function identify(socket: WebSocket, data: unknown): void {
    counts.identifies += 1;
    // Only the client under test connects, and a field it leaves out or gets wrong is refused below.
    const {
      token,
      intents: wanted,
      shard: named,
    } = data as {
      readonly token?: string;
      readonly intents?: number;
      readonly shard?: readonly [number, number];
    };
    intents = wanted ?? 0;
    const [shard, count] = named ?? [0, 1];
    const isWithoutIntent = !state.mayReadWords && (intents & (1 << 15)) !== 0;
    const fault = isWithoutIntent ? 4014 : findShardFault(shard, count);
    const code = refusal ?? (token === state.token ? fault : 4004);
    if (code !== undefined) {
      socket.close(code);
      return;
    }
    if (isHasty(shard, count)) {
      counts.hasty += 1;
      send(socket, { op: 9, d: false });
      return;
    }
    shards.push([shard, count]);
    const guilds = state.guilds.filter((guild) => shardOf(guild, count) === shard);
    const session: Session = {
      ...{ id: state.newId(), shard: [shard, count], log: [], seq: 0, socket, leftAt: 0 },
    };
    sessions.push(session);
    tell(session, 'READY', {
      v: 10,
      user: { ...state.bot, discriminator: '0', avatar: null },
      guilds: guilds.map((id) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: `ws://127.0.0.1:${String(port())}`,
      application: { id: state.application, flags: 0 },
      shard: [shard, count],
    });
    for (const guild of guilds) tell(session, 'GUILD_CREATE', guildCreate(state, guild));
  }

  function resume(socket: WebSocket, data: unknown): void {
    counts.resumes += 1;
    // Only the client under test connects, and a session that is not this one is refused below.
    const { session_id: id, seq: from = 0 } = data as { readonly session_id?: string; readonly seq?: number };
    const session = sessions.find((entry) => entry.id === id);
    if (session === undefined) {
      send(socket, { op: 9, d: false });
      return;
    }
    session.socket = socket;
    for (const { seq: s, t, d } of session.log.filter((entry) => entry.seq > from))
      send(socket, { op: 0, s, t, d });
    tell(session, 'RESUMED', {});
  }

  sockets.on('connection', (socket) => {
    send(socket, { op: 10, d: { heartbeat_interval: 41_250 } });
    socket.on('message', (raw) => {
      // Everything the client sends is JSON text of this shape.
      const packet = JSON.parse((raw as Buffer).toString('utf8')) as Packet;
      if (packet.op === 1) {
        counts.heartbeats += 1;
        send(socket, { op: 11 });
      } else if (packet.op === 2) identify(socket, packet.d);
      else if (packet.op === 6) resume(socket, packet.d);
    });
    socket.on('close', () => {
      for (const session of sessions.filter((entry) => entry.socket === socket)) {
        session.socket = undefined;
        session.leftAt = Date.now();
      }
    });
  });

  return {
    dispatch,
    repeat() {
      if (lastSaid !== undefined) dispatch('MESSAGE_CREATE', lastSaid);
    },
    drop(shard) {
      const dropped = sessions.filter((session) => shard === undefined || session.shard[0] === shard);
      for (const session of dropped) {
        session.socket?.terminate();
        session.socket = undefined;
        session.leftAt = Date.now();
      }
    },
    askToReconnect() {
      for (const socket of connected()) send(socket, { op: 7 });
    },
    invalidate(isResumable) {
      const told = connected();
      if (!isResumable) sessions = [];
      for (const socket of told) send(socket, { op: 9, d: isResumable });
    },
    close(code) {
      for (const socket of connected()) socket.close(code);
    },
    refuseIdentify(code) {
      refusal = code;
    },
    isConnected: (shard) =>
      sessions.some(
        (session) => session.socket !== undefined && (shard === undefined || session.shard[0] === shard),
      ),
    counts,
    shards,
    intents: () => intents,
    stop() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
