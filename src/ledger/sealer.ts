/**
 * The sealer: signs the heads of what changed, after a hundred commits or five minutes, whichever comes first.
 *
 * Nothing changed means no seal. Several processes may seal one ledger: each append is a decision about the seal
 * before it, so of two that seal the same changes one wins and the other finds nothing left to do. A seal that the
 * audit channel could not be shown is shown later; each names the one before, so the newest vouches for all.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import { newNonce } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { commitHash, noPrev, prevAfter } from './commit.ts';
import type { Body, Commit, LedgerEvent } from './commit.ts';
import {
  inOrder,
  keyEvent,
  keyStream,
  noSeal,
  readKeys,
  readSeals,
  rootOfHeads,
  sealEvent,
  sealHash,
  sealStream,
  statementOf,
} from './seal.ts';
import type { Seal } from './seal.ts';
import type { SealKey } from './seal-key.ts';
import type { LedgerStore } from './store.ts';

export interface Sealer {
  /** Registers the key, and seals from then on. */
  start(): Promise<void>;
  /** Seals what is left and resolves when that is durable. */
  stop(): Promise<void>;
}

export interface SealerOptions {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly organisation: string;
  /** Called at the start: a process that never starts needs no key. */
  readonly openKey: () => SealKey;
  /** Remembers a seal outside of the store, once it is durable. */
  readonly remember?: (seal: Seal, landedAt: Date) => void;
  /** Shows a seal to a witness. Rejects when that did not happen; showing the same seal twice is harmless. */
  readonly publish?: (seal: Seal) => Promise<void>;
}

const everyMs = 5 * 60_000;
const everyCommits = 100;
const lookEveryMs = 5_000;
/** Keeps a seal well below what a store takes in one document. */
const maxCommitsPerSeal = 2_000;
const keptUnpublished = 100;

interface Head {
  readonly seq: number;
  readonly prev: string;
  readonly seal?: Seal;
  readonly sealedAt: number;
}

export function createSealer(options: SealerOptions): Sealer {
  const { store, clock, logger } = options;
  let key: SealKey | undefined;
  let startedAt = 0;
  let timer: Timer | undefined;
  let work: Promise<void> = Promise.resolve();
  let publishing: Promise<void> | undefined;
  let unpublished: Seal[] = [];
  let isStopping = false;

  async function readHead(): Promise<Head> {
    const last = await store.readLast(sealStream);
    const seal = last === undefined ? undefined : readSeals(last).at(-1);
    return {
      seq: last === undefined ? 0 : last.seq + 1,
      prev: last === undefined ? noPrev : prevAfter(last),
      sealedAt: last === undefined ? startedAt : last.landedAt.getTime(),
      ...(seal !== undefined && { seal }),
    };
  }

  async function append(
    place: { readonly stream: string; readonly seq: number; readonly prev: string },
    event: LedgerEvent,
    bodies: Readonly<Record<string, Body>> = {},
  ): Promise<Commit | undefined> {
    const draft = { ...place, by: 'bot', writer: newNonce(), events: [event] };
    const result = await store.append({ ...draft, hash: commitHash(draft), bodies, pending: false }, []);
    return result.kind === 'landed' ? result.commit : undefined;
  }

  async function register(own: SealKey): Promise<void> {
    for (;;) {
      const commits = await store.read(keyStream);
      if (readKeys(commits).has(own.key)) return;
      const last = commits.at(-1);
      const place = {
        stream: keyStream,
        seq: last === undefined ? 0 : last.seq + 1,
        prev: last === undefined ? noPrev : prevAfter(last),
      };
      if ((await append(place, keyEvent(own))) !== undefined) return;
    }
  }

  /** One seal, if at least so many commits are not sealed yet. True when more are left. */
  async function sealOnce(own: SealKey, isLast: boolean): Promise<boolean> {
    const head = await readHead();
    const changed = await store.findHeadsSince(head.seal?.mark, maxCommitsPerSeal, sealStream);
    const isDue = isLast || clock.now().getTime() - head.sealedAt >= everyMs;
    if (changed.commits < (isDue ? 1 : everyCommits)) return false;
    const heads = inOrder(
      changed.heads.map(({ stream, seq, hash, landedAt }) => ({
        stream,
        seq,
        digest: prevAfter({ hash, landedAt }),
      })),
    );
    const statement = {
      number: (head.seal?.number ?? 0) + 1,
      organisation: options.organisation,
      at: clock.now().toISOString(),
      previous: head.seal === undefined ? noSeal : sealHash(head.seal),
      root: rootOfHeads(heads),
      size: heads.length,
      key: own.key,
    };
    const signature = own.sign(statementOf(statement));
    const seal = { ...statement, signature, mark: changed.mark, heads };
    const { event, bodies } = sealEvent(seal);
    const place = { stream: sealStream, seq: head.seq, prev: head.prev };
    const landed = await append(place, event, bodies);
    if (landed === undefined) return true;
    options.remember?.(seal, landed.landedAt);
    offer(seal);
    return changed.commits >= maxCommitsPerSeal;
  }

  function offer(seal: Seal): void {
    if (options.publish !== undefined) unpublished = [...unpublished, seal].slice(-keptUnpublished);
  }

  /** Shows what the witness has not seen yet; what fails is shown at the next look. */
  function publishRest(): void {
    const { publish } = options;
    if (isStopping || publish === undefined || publishing !== undefined || unpublished.length === 0) return;
    publishing = (async () => {
      for (let seal = unpublished[0]; seal !== undefined; seal = unpublished[0]) {
        await publish(seal);
        unpublished = unpublished.slice(1);
      }
    })()
      .catch((error: unknown) => {
        logger.warn('seal.not-shown', { why: describeError(error) });
      })
      .finally(() => {
        publishing = undefined;
      });
  }

  /** Rounds of this process never overlap. */
  function look(isLast: boolean): Promise<void> {
    work = work
      .then(async () => {
        if (key !== undefined) while (await sealOnce(key, isLast));
      })
      .catch((error: unknown) => {
        logger.error('seal.failed', { why: describeError(error) });
      })
      .finally(publishRest);
    return work;
  }

  return {
    async start() {
      startedAt = clock.now().getTime();
      const own = options.openKey();
      await register(own);
      key = own;
      const { seal } = await readHead();
      if (seal !== undefined) offer(seal);
      publishRest();
      timer = clock.every(lookEveryMs, () => {
        void look(false);
      });
    },
    async stop() {
      // The last seal is shown by the next start: the platforms are gone by now.
      isStopping = true;
      timer?.cancel();
      await publishing;
      await look(true);
    },
  };
}
