/** What `countersign doctor` finds out about Slack: the tokens, the scopes, and how Slack reaches the bot. */
import { z } from 'zod';
import type { AdapterCheck } from '../../src/chat/adapter.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import { createSlackApi } from './api.ts';
import { SlackRefusal } from './refusals.ts';
import type { SlackEnv } from './env.ts';
import { unpaced } from './pace.ts';
import { readSelf } from './self.ts';
import { fatalAppTokens } from './socket.ts';
import { fixedToken } from './tokens.ts';
import { loadSlack } from './vendor.ts';

/** What manifest.yml asks for; a test compares the two. */
export const neededScopes: readonly string[] = [
  ...['app_mentions:read', 'assistant:write', 'channels:history', 'channels:read', 'chat:write', 'commands'],
  ...['files:read', 'files:write', 'groups:history', 'groups:read', 'im:history', 'im:read', 'im:write'],
  ...['metadata.message:read', 'reactions:read'],
  ...['usergroups:read', 'users:read'],
];

const scopesSchema = z.object({ response_metadata: z.object({ scopes: z.array(z.string()) }) });

export async function checkSlack(env: SlackEnv): Promise<readonly AdapterCheck[]> {
  const { SLACK_BOT_TOKEN: token, SLACK_CLIENT_ID: client, SLACK_CLIENT_SECRET: secret } = env;
  return [
    ...(token === undefined ? [] : await orFault(checkBot(env, token))),
    ...(client === undefined && secret === undefined ? [] : [checkClient(client, secret)]),
    ...(await orFault(checkWayIn(env))),
  ];
}

/** One thing that is wrong does not hide the next. */
async function orFault(checks: Promise<readonly AdapterCheck[]>): Promise<readonly AdapterCheck[]> {
  try {
    return await checks;
  } catch (error) {
    if (!(error instanceof AppError)) return [{ level: 'FAIL', detail: describeError(error) }];
    const fix =
      error.code === 'chat.unavailable' ? ' Fix: look at the network, its proxy, and SLACK_API_URL.' : '';
    return [{ level: 'FAIL', detail: `${error.message.replace(/\.$/u, '')}.${fix}` }];
  }
}

async function checkBot(env: SlackEnv, token: string): Promise<readonly AdapterCheck[]> {
  const api = await open(env, token);
  const self = await readSelf(api);
  const found: AdapterCheck[] = [{ level: 'ok', detail: `the bot token is of workspace ${self.team_id}` }];
  // Slack names a token's scopes beside each answer.
  const granted = scopesSchema.safeParse(await api.call('auth.test', {}));
  const missing = granted.success
    ? neededScopes.filter((scope) => !granted.data.response_metadata.scopes.includes(scope))
    : [];
  if (missing.length > 0)
    found.push({
      level: 'FAIL',
      detail: `The bot token lacks ${missing.join(', ')}. Fix: update the app from manifest.yml, install it again and copy the token.`,
    });
  return found;
}

function checkClient(client: string | undefined, secret: string | undefined): AdapterCheck {
  return client === undefined || secret === undefined
    ? {
        level: 'FAIL',
        detail: `${client === undefined ? 'SLACK_CLIENT_ID' : 'SLACK_CLIENT_SECRET'} is missing beside the other one. Fix: copy both from «Basic Information».`,
      }
    : { level: 'ok', detail: 'workspaces install the app at /slack/install' };
}

async function checkWayIn(env: SlackEnv): Promise<readonly AdapterCheck[]> {
  const { SLACK_APP_TOKEN: token, SLACK_SIGNING_SECRET: secret } = env;
  if (token === undefined) {
    return [
      secret === undefined
        ? {
            level: 'FAIL',
            detail:
              'Slack cannot reach the bot. Fix: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.',
          }
        : { level: 'ok', detail: 'Slack reaches the bot over HTTP at /slack/events' },
    ];
  }
  try {
    // It names an address for a link; none is opened.
    await (await open(env, token)).call('apps.connections.open', {});
    return [{ level: 'ok', detail: 'the app-level token opens Socket Mode links' }];
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return [{ level: 'FAIL', detail: fatalAppTokens[error.reason] ?? error.message }];
  }
}

async function open(env: SlackEnv, token: string): Promise<ReturnType<typeof createSlackApi>> {
  return createSlackApi({
    library: await loadSlack(),
    tokens: fixedToken(token),
    apiUrl: env.SLACK_API_URL,
    pace: unpaced,
  });
}
