/**
 * The workspaces that installed the app, with their tokens: sealed with a key made from the client secret, so that the
 * store and its backups hold nothing that works without it.
 *
 * Changed by whoever finds the version that he read: of two processes one wins, and the other looks again.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { InstallationStore, KeptInstallation } from '../../src/chat/store.ts';
import { AppError } from '../../src/core/errors.ts';

const identity = { team: z.string(), name: z.string() };
const installedSchema = z.object({
  state: z.literal('installed'),
  ...identity,
  /** The bot's own account, and what Slack calls the bot. */
  me: z.string(),
  bot: z.string(),
  /** `https://acme.slack.com/` */
  url: z.string(),
  token: z.string(),
  /** Both are there where tokens rotate. */
  refreshToken: z.string().optional(),
  /** In ms since 1970. */
  expiresAt: z.number().optional(),
  /** Some process fetches the next token until then, in ms since 1970. */
  renewingUntil: z.number().optional(),
});
const goneSchema = z.object({ state: z.literal('gone'), ...identity, why: z.string() });
const installationSchema = z.discriminatedUnion('state', [installedSchema, goneSchema]);

export type Installed = z.infer<typeof installedSchema>;
export type Installation = z.infer<typeof installationSchema>;

export interface Changed {
  readonly standing: Installation | undefined;
  readonly isMine: boolean;
}

export interface Installations {
  list(): Promise<readonly Installation[]>;
  find(team: string): Promise<Installation | undefined>;
  keep(installation: Installation): Promise<void>;
  /** Changes what stands there, whoever else changes it; answers what stands there in the end, and whether this did it. */
  change(team: string, to: (standing: Installation) => Installation | undefined): Promise<Changed>;
  /** True for whoever comes first with this word; remembered at least until then (ms since 1970). */
  spend(word: string, until: number, now: number): Promise<boolean>;
}

const beginning = 'slack/';
const spentBeginning = 'slack-state/';
const mostTries = 20;

export function createInstallations(store: InstallationStore, clientSecret: string): Installations {
  const key = keyFrom(clientSecret, 'installations');

  function seal(name: string, content: object): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  function open({ name, sealed }: KeptInstallation): Installation {
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      return installationSchema.parse(JSON.parse(text));
    } catch {
      const team = name.slice(beginning.length);
      // Sealed under another client secret: only that one, or a new installation, opens it.
      return {
        state: 'gone',
        team,
        name: team,
        why: 'its token was kept under another SLACK_CLIENT_SECRET',
      };
    }
  }

  const nameOf = (team: string): string => `${beginning}${team}`;

  async function change(
    team: string,
    to: (standing: Installation | undefined) => Installation | undefined,
  ): Promise<Changed> {
    const name = nameOf(team);
    for (let tries = 0; tries < mostTries; tries += 1) {
      const row = await store.find(name);
      const standing = row === undefined ? undefined : open(row);
      const next = to(standing);
      if (next === undefined) return { standing, isMine: false };
      if (await store.save({ name, version: (row?.version ?? 0) + 1, sealed: seal(name, next) }))
        return { standing: next, isMine: true };
    }
    throw new AppError('chat.unavailable', `The installation of workspace ${team} is being changed.`);
  }

  return {
    list: async () => (await store.list(beginning)).map(open),
    async find(team) {
      const row = await store.find(nameOf(team));
      return row === undefined ? undefined : open(row);
    },
    async keep(installation) {
      await change(installation.team, () => installation);
    },
    change: (team, to) => change(team, (standing) => (standing === undefined ? undefined : to(standing))),
    async spend(word, until, now) {
      for (const { name, sealed } of await store.list(spentBeginning))
        if (Number(sealed) < now) await store.remove(name);
      return store.save({ name: `${spentBeginning}${word}`, version: 1, sealed: String(until) });
    },
  };
}

/** A key of its own for each purpose; whoever has the client secret has them all. */
export function keyFrom(clientSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', clientSecret, '', `countersign slack ${purpose}`, 32));
}
