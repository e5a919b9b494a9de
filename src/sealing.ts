/**
 * Seals of this app's ledger: signed with this process's key, kept in the ledger, shown in the audit channel.
 *
 * The channel is the witness: whoever may alter the database cannot alter what the platform shows.
 */
import { join } from 'node:path';
import type { Outbox } from './chat/outbox.ts';
import { surfaceOf } from './core/surface-of.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import { asThreadId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import { sealHash } from './ledger/seal.ts';
import type { Seal } from './ledger/seal.ts';
import { refuseRewound, rememberSeal } from './ledger/last-seal.ts';
import { openSealKey } from './ledger/seal-key.ts';
import { createSealer } from './ledger/sealer.ts';
import type { Sealer } from './ledger/sealer.ts';
import type { LedgerStore } from './ledger/store.ts';

export interface SealingOptions {
  readonly config: Pick<Config, 'dataDir' | 'sealKeyFile' | 'auditChannel'>;
  readonly store: { readonly ledger: LedgerStore; readonly organisation: string };
  readonly outbox: Outbox;
  /** Chat platforms that this process is connected to. */
  readonly surfaces: ReadonlySet<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Sealing extends Sealer {
  /** Throws `store.corrupt` when the store is older than what this process sealed last. */
  check(): Promise<void>;
}

export function createSealing(options: SealingOptions): Sealing {
  const { config, store, outbox, clock, logger } = options;
  const { auditChannel } = config;
  const channel = auditChannel === undefined ? undefined : asThreadId(auditChannel);
  const isShown = channel !== undefined && options.surfaces.has(surfaceOf(channel));
  if (channel !== undefined && !isShown)
    logger.warn('audit-channel.unused', {
      channel,
      fix: 'AUDIT_CHANNEL names no chat platform whose tokens are set. Seals are kept in the ledger only.',
    });
  const keyFile = config.sealKeyFile ?? join(config.dataDir, 'seal-key.pem');
  const lastFile = `${keyFile}.last`;
  const sealer = createSealer({
    store: store.ledger,
    clock,
    logger,
    organisation: store.organisation,
    openKey: () => openSealKey(keyFile),
    remember: (seal, landedAt) => {
      rememberSeal(lastFile, seal, landedAt);
    },
    ...(isShown && {
      publish: (seal) =>
        outbox.show(channel, [
          {
            id: `seal/${seal.key}/${String(seal.number)}`,
            kind: 'audit',
            by: 'bot',
            at: clock.now(),
            text: sealText(seal),
          },
        ]),
    }),
  });
  return { ...sealer, check: () => refuseRewound(store.ledger, lastFile) };
}

/** What the audit channel shows: enough for `countersign audit verify --posted`. */
export function sealText(seal: Seal): string {
  const ledgers = seal.size === 1 ? '1 ledger' : `${String(seal.size)} ledgers`;
  return [
    `Seal ${String(seal.number)} · ${ledgers}`,
    `hash ${sealHash(seal)}`,
    `root ${seal.root}`,
    `key ${seal.key}`,
    `check: countersign audit verify --posted ${String(seal.number)}:${sealHash(seal)}`,
  ].join('\n');
}
