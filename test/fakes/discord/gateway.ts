/**
 * The gateway: hello, identify, resume, heartbeats; and the ways in which a real one goes away.
 *
 * Every process that identifies has a session of its own, and each of them hears everything.
 */
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { FakeState } from './state.ts';

export interface FakeGateway {
  /** Sends an event to the bot; kept while nobody is connected, for a resume. */
  dispatch(name: string, payload: object): void;
  /** The last message that was said arrives once more. */
  repeat(): void;
  /** Cuts the connection without a word, as a broken network does. */
  drop(): void;
  /** Asks the bot to reconnect (op 7). */
  askToReconnect(): void;
  /** Says that the session is over (op 9). */
  invalidate(isResumable: boolean): void;
  /** Closes with a code: 4004, 4014… */
  close(code: number): void;
  /** The next identify is refused with this code. */
  refuseIdentify(code: number): void;
  isConnected(): boolean;
  readonly counts: { identifies: number; resumes: number; heartbeats: number };
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
  readonly log: { readonly seq: number; readonly t: string; readonly d: object }[];
  seq: number;
  socket: WebSocket | undefined;
  /** When its connection ended. */
  leftAt: number;
}

/** For so long a session can be resumed. */
const resumableMs = 90_000;

export function createGateway(
  server: Server,
  state: FakeState,
  port: () => number,
  token: string,
): FakeGateway {
  const sockets = new WebSocketServer({ server });
  const counts = { identifies: 0, resumes: 0, heartbeats: 0 };
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
    for (const session of sessions) tell(session, t, d);
  }

  function guildCreate(): object {
    const here = [...state.channels.values()].filter((channel) => channel.guild_id === state.guild);
    const last = new Map([...state.messages.values()].map((message) => [message.channel_id, message.id]));
    const shape = (channel: (typeof here)[number]): object => ({
      ...channel,
      last_message_id: last.get(channel.id) ?? null,
      position: 0,
      permission_overwrites: [],
    });
    return {
      id: state.guild,
      name: 'Acme',
      owner_id: '2001',
      roles: [{ id: state.guild, name: '@everyone', permissions: '0', position: 0, color: 0 }],
      emojis: [],
      members: [],
      presences: [],
      voice_states: [],
      stage_instances: [],
      guild_scheduled_events: [],
      features: [],
      member_count: 3,
      channels: here.filter((channel) => channel.type === 0).map(shape),
      threads: here
        .filter((channel) => channel.type === 11)
        .map((channel) => ({
          ...shape(channel),
          thread_metadata: {
            archived: channel.isArchived,
            auto_archive_duration: 1440,
            archive_timestamp: new Date().toISOString(),
            locked: false,
          },
        })),
    };
  }

  function identify(socket: WebSocket, data: unknown): void {
    counts.identifies += 1;
    // Only the client under test connects, and a field it leaves out or gets wrong is refused below.
    const { token: given, intents: wanted } = data as { readonly token?: string; readonly intents?: number };
    intents = wanted ?? 0;
    const code = refusal ?? (given === token ? undefined : 4004);
    if (code !== undefined) {
      socket.close(code);
      return;
    }
    const session: Session = { id: state.newId(), log: [], seq: 0, socket, leftAt: 0 };
    sessions.push(session);
    tell(session, 'READY', {
      v: 10,
      user: { ...state.bot, discriminator: '0', avatar: null },
      guilds: [{ id: state.guild, unavailable: true }],
      session_id: session.id,
      resume_gateway_url: `ws://127.0.0.1:${String(port())}`,
      application: { id: state.application, flags: 0 },
      shard: [0, 1],
    });
    tell(session, 'GUILD_CREATE', guildCreate());
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
    drop() {
      for (const socket of connected()) socket.terminate();
      for (const session of sessions) {
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
    isConnected: () => connected().length > 0,
    counts,
    intents: () => intents,
    stop() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
