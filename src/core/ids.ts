/**
 * Identifiers: branded strings, so that a thread's id never stands in for a run's.
 *
 * Made here only. Made-up ids carry 128 random bits; nothing may be read out of them.
 */
import { createRandomHex, sha256 } from './hash.ts';

type Brand<Name extends string> = string & { readonly __brand: Name };

export type RunId = Brand<'RunId'>;
export type CallId = Brand<'CallId'>;
export type ApprovalId = Brand<'ApprovalId'>;
/** `console:general/abc`, `slack:C12:171…`: the surface's name, then what that surface calls the conversation. */
export type ThreadId = Brand<'ThreadId'>;
/** A channel as its surface names it: `console:general`. */
export type ChannelId = Brand<'ChannelId'>;
/** A person's id from `people.yaml`, or `bot`, or `schedule:<name>`. */
export type ActorId = Brand<'ActorId'>;
/** One line of the ledger: `run/run_…`, `pins/billing`. */
export type StreamId = Brand<'StreamId'>;
/** One kept fact. */
export type MemoryId = Brand<'MemoryId'>;
/** A stretch of a document. */
export type PassageId = Brand<'PassageId'>;
/** One emergency opening while everything is frozen. */
export type GlassId = Brand<'GlassId'>;
export type GrantId = Brand<'GrantId'>;
/** One process that works on runs. */
export type WorkerId = Brand<'WorkerId'>;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The time in milliseconds, then 128 random bits: 35 characters.
 *
 * Ids of one moment stand side by side in an index, so that what is written together touches few pages.
 */
function randomText(): string {
  return `${timeText()}${nonce()}`;
}

function timeText(): string {
  let rest = Date.now();
  let text = '';
  for (let place = 0; place < 9; place += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function nonce(): string {
  const hex = nextHex();
  let text = '';
  for (let at = 0; at < 52; at += 2) text += alphabet.charAt(Number.parseInt(hex.slice(at, at + 2), 16) & 31);
  return text;
}

const nextHex = createRandomHex(26);

/* eslint-disable local/explain-assertion -- each function below is the one place where a plain string becomes its branded kind */
export const newRunId = (): RunId => `run_${randomText()}` as RunId;
export const newApprovalId = (): ApprovalId => `apr_${randomText()}` as ApprovalId;
export const newMemoryId = (): MemoryId => `mem_${randomText()}` as MemoryId;
/** Where what a call would keep waits for a person. */
export const heldOfCall = (call: CallId): MemoryId =>
  `mem_${sha256(`held/${call}`).slice(0, 26)}` as MemoryId;
/** The memory that a call keeps: the same after a restart, so that a repeated call keeps nothing twice. */
export const memoryOfCall = (call: CallId): MemoryId => `mem_${sha256(call).slice(0, 26)}` as MemoryId;
export const newGrantId = (): GrantId => `grant_${randomText()}` as GrantId;
export const newGlassId = (): GlassId => `glass_${randomText()}` as GlassId;
/** Carries the process's number, so that a store of one machine can tell who is gone. */
export const newWorkerId = (): WorkerId => `worker_${String(process.pid)}_${randomText()}` as WorkerId;

/** The process of a worker, or undefined for another sort of name. */
export function processOfWorker(worker: string): number | undefined {
  const found = /^worker_(\d+)_/u.exec(worker)?.[1];
  return found === undefined ? undefined : Number(found);
}
/** A random nonce: 128 bits as 26 characters. */
export const newNonce = (): string => nonce();
/** What a new thread is called on a surface that does not name its threads itself. */
export const newThreadName = (): string => randomText();

export const asRunId = (text: string): RunId => text as RunId;
export const asCallId = (text: string): CallId => text as CallId;
export const asApprovalId = (text: string): ApprovalId => text as ApprovalId;
export const asMemoryId = (text: string): MemoryId => text as MemoryId;
export const asPassageId = (text: string): PassageId => text as PassageId;
export const asGrantId = (text: string): GrantId => text as GrantId;
export const asGlassId = (text: string): GlassId => text as GlassId;
export const asThreadId = (text: string): ThreadId => text as ThreadId;
export const asChannelId = (text: string): ChannelId => text as ChannelId;
export const asActorId = (text: string): ActorId => text as ActorId;

/** The one actor that is no person. */
export const botActor = asActorId('bot');

/** A channel by its full id, or one of the console by its plain name. */
export const channelNamed = (name: string): ChannelId =>
  asChannelId(name.includes(':') ? name : `console:${name}`);

/** Documents of a whole workspace lie here: every member may read them, and no outsider is told of them. */
export const libraryOf = (workspace: string): ChannelId =>
  `${workspace}${workspace.includes(':') ? '/' : ':'}@library` as ChannelId;
export const isLibrary = (channel: ChannelId): boolean => /[:/]@library$/u.test(channel);

export const runStream = (run: RunId): StreamId => `run/${run}` as StreamId;

/** The run that an item in a thread tells of: their ids begin with its own. */
export function runOfItem(item: string): RunId | undefined {
  const [first = ''] = item.split('/');
  return first.startsWith('run_') ? (first as RunId) : undefined;
}

/** The run of a run's stream, or undefined for another sort of stream. */
export function runOfStream(stream: string): RunId | undefined {
  return stream.startsWith('run/') ? (stream.slice(4) as RunId) : undefined;
}
