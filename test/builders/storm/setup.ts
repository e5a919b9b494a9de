/** The folder and the environment that every process of a storm shares. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aFakeDiscord } from '../../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../../fakes/discord/fake-discord.ts';
import { createFakeMongo } from '../../fakes/mongo/index.ts';
import type { FakeMongo } from '../../fakes/mongo/index.ts';
import { createFakeSlack } from '../../fakes/slack/index.ts';
import type { FakeSlack } from '../../fakes/slack/index.ts';
import { peopleFile } from '../people-file.ts';
import type { StormOptions } from './options.ts';

export interface Surroundings {
  readonly dataDir: string;
  readonly folder: string;
  readonly slack: FakeSlack;
  readonly discord: FakeDiscord;
  readonly mongo: FakeMongo | undefined;
  /** For every process and command. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Slack takes a post a second in each channel. */
export const slackRooms: readonly string[] = Array.from(
  { length: 12 },
  (_, index) => `C${String(index + 1)}`,
);

const callTimeoutMs = 4_000;
/** Limits of rate are tested elsewhere; here nobody waits for them. */
const plenty = 1_000_000;
const limited: readonly string[] = [
  ...['chat.update', 'chat.delete', 'chat.postEphemeral', 'chat.startStream', 'chat.appendStream'],
  ...['chat.stopStream', 'conversations.open', 'conversations.info', 'conversations.list'],
  ...['conversations.members', 'conversations.replies', 'conversations.history', 'users.list', 'users.info'],
  ...['usergroups.users.list', 'views.open', 'views.update', 'views.publish', 'reactions.add'],
];

export async function surround(dataDir: string, options: StormOptions): Promise<Surroundings> {
  const folder = join(dataDir, 'work');
  writeSetup(folder, dataDir, options);
  const slack = await createFakeSlack({
    mode: 'socket',
    channels: slackRooms.map((id) => ({ id })),
    limits: { perMinute: Object.fromEntries(limited.map((method) => [method, plenty])) },
  });
  const discord = await aFakeDiscord();
  discord.limits.set(plenty, 1_000);
  const mongo = options.store === 'mongo' ? await createFakeMongo() : undefined;
  return {
    dataDir,
    folder,
    slack,
    discord,
    mongo,
    env: {
      CALL_TIMEOUT_MS: String(callTimeoutMs),
      LOG_LEVEL: process.env['STORM_LOG'] ?? 'warn',
      ...(mongo !== undefined && { MONGODB_URI: mongo.uri }),
    },
    async close() {
      await Promise.all([slack.close(), discord.close(), mongo?.close()]);
    },
  };
}

/** Which platforms a process serves: the first both, the others one of them or none. */
export function platformsOf(slot: number, { slack, discord }: Surroundings): Record<string, string> {
  const onSlack = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
  };
  const onDiscord = {
    DISCORD_TOKEN: discord.token,
    DISCORD_APPLICATION_ID: discord.state.application,
    DISCORD_API_URL: discord.apiUrl,
  };
  return { ...(slot % 3 !== 2 && onSlack), ...(slot % 3 !== 1 && onDiscord) };
}

/** A working folder whose tool server spoils calls. */
function writeSetup(folder: string, dataDir: string, options: StormOptions): void {
  mkdirSync(folder, { recursive: true });
  const root = new URL('../../../', import.meta.url).pathname;
  const billing = {
    command: process.execPath,
    args: [join(root, 'test/fakes/mcp/flaky-proxy.mjs'), join(root, 'dist/servers/billing.js')],
    env: {
      COMPANY_DATA_DIR: join(dataDir, 'company'),
      FLAKY_RATE: String(options.flakyRate),
      FLAKY_TOOLS: 'refund,credit',
      FLAKY_LOG: join(folder, 'flaky.log'),
      FLAKY_OFF: join(folder, 'flaky.off'),
      FLAKY_SEED: String(options.seed),
    },
  };
  // The customers are looked up there; reading may be repeated, so it is left alone.
  const crm = {
    command: process.execPath,
    args: [join(root, 'dist/servers/crm.js')],
    env: { COMPANY_DATA_DIR: join(dataDir, 'company') },
  };
  writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { billing, crm } }));
  const accounts: Readonly<Record<string, string>> = {
    ana: 'slack: [T01/U1], discord: ["2001"]',
    ben: 'slack: [T01/U2], discord: ["2002"]',
  };
  const people = peopleFile()
    .replace('roles: [approver, engineering]', 'roles: [approver, engineering, finance]')
    .replace(/^ {2}(ana|ben): \{ /gmu, (start, name: string) => `${start}${String(accounts[name])}, `);
  writeFileSync(join(folder, 'people.yaml'), people);
  const shipped = readFileSync(join(root, 'defaults/policy.yaml'), 'utf8');
  const policy =
    options.refundIs === 'keyed'
      ? shipped
      : shipped.replace(
          /billing\/refund:\s+\{\s+effect: keyed,/u,
          'billing/refund: { effect: probeable, probe: billing/refund_status,',
        );
  if (options.refundIs === 'probeable' && policy === shipped)
    throw new Error('The shipped policy names the refund tool otherwise.');
  writeFileSync(join(folder, 'policy.yaml'), policy);
}
