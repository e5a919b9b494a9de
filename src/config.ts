/**
 * The environment, read once and checked: one frozen Config. Nothing else reads `process.env`.
 *
 * An empty value counts as unset. Every mistake is named with its key and the fix, all of them at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { AppError } from './core/errors.ts';

export interface Config {
  readonly mongodbUri?: string;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly model: string;
  /** A second model that looks at calls. */
  readonly reviewModel?: string;
  /** How long it may take; 10 s when absent. */
  readonly reviewTimeoutMs?: number;
  readonly anthropic: { readonly apiKey?: string; readonly baseUrl?: string };
  /** `voyage/…`, `openai/…` or `none`. */
  readonly embedder: string;
  /** `voyage/…`; absent for none. */
  readonly reranker?: string;
  readonly voyage: { readonly apiKey?: string; readonly baseUrl?: string };
  readonly openai: { readonly apiKey?: string; readonly baseUrl?: string; readonly images?: boolean };
  readonly mcpConfig: ConfigFile;
  readonly policyFile: ConfigFile;
  /** Undefined when there is none: then nobody is known, or the demonstration's four persons. */
  readonly peopleFile?: ConfigFile;
  /** Undefined when there is none. */
  readonly schedulesFile?: ConfigFile;
  /** Where the file is, or would be. */
  readonly peoplePath: string;
  /** Patterns and drills; undefined when there is none. */
  /** Where guardrails are written, whether or not there are any. */
  readonly guardrailsPath: string;
  /** Undefined when there is none: then no webhook is let in. */
  readonly hooksFile?: string;
  readonly triggersFile?: string;
  readonly knowledgePath: string;
  readonly publicUrl?: string;
  readonly timeZone: string;
  /** Nothing is remembered unless somebody asks for it. */
  readonly remembersOnRequestOnly?: true;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Chat platforms whose tokens are set. */
  readonly platforms: readonly ('slack' | 'discord')[];
  readonly callTimeoutMs: number;
  /** Where seals of the ledger are shown: `slack:T01/C12`, `discord:1001/2002`. */
  readonly auditChannel?: string;
  /** Undefined means `seal-key.pem` under `dataDir`. */
  readonly sealKeyFile?: string;
  /** Days after its end that a run keeps its texts, and its place in the lists; undefined means for ever. */
  readonly retainTextsDays?: number;
  readonly retainRunsDays?: number;
  /** Every value that must never be shown. */
  readonly secrets: readonly string[];
  /** The whole environment, for `${NAME}` in `mcp.json`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ConfigFile {
  readonly path: string;
  readonly isShipped: boolean;
}

const secretKeys = [
  'MONGODB_URI',
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'VOYAGE_API_KEY',
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_SECRET',
  'DISCORD_TOKEN',
] as const;

const url = z.url({
  protocol: /^https?$/u,
  error: 'is not a web address; set it to one like https://host.example.com',
});

const days = (least: number): z.ZodCoercedNumber =>
  z.coerce
    .number({ error: 'is not a number of days' })
    .int()
    .min(least, `is too short; set it to ${String(least)} or more days`)
    .max(36_500);

const schema = z.object({
  MONGODB_URI: z.string().optional(),
  DATA_DIR: z.string().default('./data'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce
    .number({ error: 'is not a number; set it to a port like 8787' })
    .int()
    .min(0)
    .max(65_535)
    .default(8787),
  MODEL: z.string().optional(),
  REVIEW_MODEL: z.string().optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: url.optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url.optional(),
  OPENAI_IMAGES: z.enum(['true', 'false']).optional(),
  EMBEDDER: z
    .string()
    .regex(/^(none|(voyage|openai)\/\S+)$/u, 'is not voyage/<model>, openai/<model> or none')
    .default('none'),
  RERANKER: z
    .string()
    .regex(/^(none|voyage\/\S+)$/u, 'is not voyage/<model> or none')
    .default('none'),
  VOYAGE_BASE_URL: url.optional(),
  MCP_CONFIG: z.string().default('mcp.json'),
  POLICY_FILE: z.string().default('policy.yaml'),
  PEOPLE_FILE: z.string().default('people.yaml'),
  GUARDRAILS_FILE: z.string().default('guardrails.yaml'),
  HOOKS_FILE: z.string().default('hooks.yaml'),
  TRIGGERS_FILE: z.string().default('triggers.yaml'),
  KNOWLEDGE_FILE: z.string().default('knowledge.yaml'),
  SCHEDULES_FILE: z.string().default('schedules.yaml'),
  PUBLIC_URL: url.optional(),
  TZ_NAME: z
    .string()
    .refine(isTimeZone, 'is not a time zone; set it to one like Europe/Berlin')
    .default(Intl.DateTimeFormat().resolvedOptions().timeZone),
  MEMORY_EXTRACTION: z
    .enum(['on', 'off'], { error: 'is neither on nor off; set it to one of them' })
    .default('on'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'is not a level; set it to debug, info, warn, error or silent',
    })
    .default('info'),
  CALL_TIMEOUT_MS: z.coerce
    .number({ error: 'is not a number of milliseconds' })
    .int()
    .min(100)
    .max(600_000)
    .default(60_000),
  AUDIT_CHANNEL: z
    .string()
    .regex(
      /^(slack|discord|console):\S+$/u,
      'is not a channel; set it to one like slack:T01/C12 or discord:1001/2002',
    )
    .optional(),
  SEAL_KEY_FILE: z.string().optional(),
  RETAIN_TEXTS_DAYS: days(1).optional(),
  // A platform may deliver a message again for days: until then its key must be known.
  RETAIN_RUNS_DAYS: days(7).optional(),
});

/** Every key that is read here; `.env.example` documents each. */
export const configKeys: readonly string[] = [...Object.keys(schema.shape), ...secretKeys];

/** Reads the environment, with `.env` of the working folder underneath. */
export function readConfig(root: string, environment: NodeJS.ProcessEnv = process.env): Config {
  const values = withoutEmpty({ ...readEnvFile(), ...environment });
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new AppError('config.invalid', faults.join('\n'));
  }
  const env = parsed.data;
  const platforms = [
    ...((values['SLACK_BOT_TOKEN'] ?? values['SLACK_CLIENT_ID']) !== undefined ? (['slack'] as const) : []),
    ...(values['DISCORD_TOKEN'] !== undefined ? (['discord'] as const) : []),
  ];
  const people = resolve(env.PEOPLE_FILE);
  const guardrails = resolve(env.GUARDRAILS_FILE);
  const hooks = resolve(env.HOOKS_FILE);
  const triggers = resolve(env.TRIGGERS_FILE);
  const knowledge = resolve(env.KNOWLEDGE_FILE);
  const schedules = resolve(env.SCHEDULES_FILE);
  refuseMissing('PEOPLE_FILE', people, values);
  refuseMissing('GUARDRAILS_FILE', guardrails, values);
  refuseMissing('HOOKS_FILE', hooks, values);
  refuseMissing('TRIGGERS_FILE', triggers, values);
  refuseMissing('KNOWLEDGE_FILE', knowledge, values);
  refuseMissing('SCHEDULES_FILE', schedules, values);
  return Object.freeze<Config>({
    ...(env.MONGODB_URI !== undefined && { mongodbUri: env.MONGODB_URI }),
    dataDir: resolve(env.DATA_DIR),
    host: env.HOST,
    port: env.PORT,
    model: env.MODEL ?? (env.ANTHROPIC_API_KEY === undefined ? 'demo' : 'anthropic/claude-sonnet-5-5'),
    ...(env.REVIEW_MODEL !== undefined && env.REVIEW_MODEL !== '' && { reviewModel: env.REVIEW_MODEL }),
    anthropic: {
      ...(env.ANTHROPIC_API_KEY !== undefined && { apiKey: env.ANTHROPIC_API_KEY }),
      ...(env.ANTHROPIC_BASE_URL !== undefined && { baseUrl: env.ANTHROPIC_BASE_URL }),
    },
    openai: {
      ...(env.OPENAI_API_KEY !== undefined && { apiKey: env.OPENAI_API_KEY }),
      ...(env.OPENAI_BASE_URL !== undefined && { baseUrl: env.OPENAI_BASE_URL }),
      ...(env.OPENAI_IMAGES !== undefined && { images: env.OPENAI_IMAGES === 'true' }),
    },
    embedder: env.EMBEDDER,
    ...(env.RERANKER !== 'none' && { reranker: env.RERANKER }),
    voyage: {
      ...(values['VOYAGE_API_KEY'] !== undefined && { apiKey: values['VOYAGE_API_KEY'] }),
      ...(env.VOYAGE_BASE_URL !== undefined && { baseUrl: env.VOYAGE_BASE_URL }),
    },
    mcpConfig: findFile(root, 'MCP_CONFIG', env.MCP_CONFIG, values['MCP_CONFIG'] !== undefined),
    policyFile: findFile(root, 'POLICY_FILE', env.POLICY_FILE, values['POLICY_FILE'] !== undefined),
    ...(existsSync(people) && { peopleFile: { path: people, isShipped: false } }),
    ...(existsSync(schedules) && { schedulesFile: { path: schedules, isShipped: false } }),
    peoplePath: people,
    guardrailsPath: guardrails,
    ...(existsSync(hooks) && { hooksFile: hooks }),
    ...(existsSync(triggers) && { triggersFile: triggers }),
    knowledgePath: knowledge,
    ...(env.PUBLIC_URL !== undefined && { publicUrl: env.PUBLIC_URL }),
    timeZone: env.TZ_NAME,
    ...(env.MEMORY_EXTRACTION === 'off' && { remembersOnRequestOnly: true }),
    logLevel: env.LOG_LEVEL,
    platforms,
    callTimeoutMs: env.CALL_TIMEOUT_MS,
    ...(env.AUDIT_CHANNEL !== undefined && { auditChannel: env.AUDIT_CHANNEL }),
    ...(env.RETAIN_TEXTS_DAYS !== undefined && { retainTextsDays: env.RETAIN_TEXTS_DAYS }),
    ...(env.RETAIN_RUNS_DAYS !== undefined && { retainRunsDays: env.RETAIN_RUNS_DAYS }),
    ...(env.SEAL_KEY_FILE !== undefined && { sealKeyFile: resolve(env.SEAL_KEY_FILE) }),
    secrets: [...secretKeys.flatMap((key) => values[key] ?? []), ...passwordOf(env.MONGODB_URI ?? '')],
    environment: values,
  });
}

/** A file that is named must be there; one of the usual name need not. */
function refuseMissing(key: string, path: string, values: Readonly<Record<string, string>>): void {
  if (values[key] === undefined || existsSync(path)) return;
  throw new AppError('config.invalid', `${key}: there is no file ${path}. Fix: create it, or unset ${key}.`);
}

/** A user's own file in the working folder wins over the shipped one. */
function findFile(root: string, key: string, name: string, isNamed: boolean): ConfigFile {
  const own = resolve(name);
  if (existsSync(own)) return { path: own, isShipped: false };
  if (isNamed)
    throw new AppError('config.invalid', `${key}: there is no file ${own}. Fix: create it, or unset ${key}.`);
  return { path: resolve(root, 'defaults', name), isShipped: true };
}

/** The password in an address, as it stands there and as it is meant. */
function passwordOf(address: string): readonly string[] {
  const written = /^[a-z+]+:\/\/[^:/@]*:([^@/]+)@/u.exec(address)?.[1];
  if (written === undefined) return [];
  const isEncoded = !/%(?![0-9a-f]{2})/iu.test(written);
  return isEncoded ? [written, decodeURIComponent(written)] : [written];
}

function readEnvFile(): Record<string, string | undefined> {
  const file = resolve('.env');
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

function withoutEmpty(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(values))
    if (value !== undefined && value.trim() !== '') kept[key] = value;
  return kept;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
