/**
 * Installing the app in a workspace: `/slack/install` leads to Slack, `/slack/oauth_redirect` takes what Slack answers.
 *
 * A state is signed, lives for ten minutes, works once, and only in the browser that asked for it; so nobody can be
 * led into finishing an installation that somebody else began.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { HttpRoute, HttpRouteAnswer, HttpRouteRequest } from '../../src/chat/http-route.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import { newNonce } from '../../src/core/ids.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { SlackApi } from './api.ts';
import { neededScopes } from './check.ts';
import type { Exchange } from './tokens.ts';
import { installHeaders, renderInstallPage } from './install-page.ts';
import { installPath, renderRefusal, whyRefused } from './install-refusals.ts';
import type { InstallRefusal } from './install-refusals.ts';
import { keyFrom } from './installations.ts';
import type { Installations } from './installations.ts';
import { readSelf } from './self.ts';

const redirectPath = '/slack/oauth_redirect';
const cookieName = 'countersign_slack_install';
const stateLivesMs = 10 * 60_000;

export interface OauthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly apiUrl: string | undefined;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined until the adapter has started. */
  started():
    | {
        readonly installations: Installations;
        readonly exchange: Exchange;
        apiFor(token: string): SlackApi;
        /** The workspace is there, or is there again. */
        installed(team: string, name: string, missing: readonly string[]): Promise<void>;
      }
    | undefined;
}

const accessSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.literal('bot'),
  scope: z.string().default(''),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
  team: z.object({ id: z.string(), name: z.string().default('') }).nullish(),
  is_enterprise_install: z.boolean().default(false),
});

export function oauthRoutes(options: OauthOptions): readonly HttpRoute[] {
  const { clock, logger, publicUrl } = options;
  const key = keyFrom(options.clientSecret, 'install states');
  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const redirectUri = publicUrl === undefined ? undefined : new URL(redirectPath, publicUrl).href;
  const now = (): number => clock.now().getTime();

  function cookie(value: string, seconds: number): string {
    const secure = publicUrl?.startsWith('https:') === true ? '; Secure' : '';
    return `${cookieName}=${value}; HttpOnly; SameSite=Lax; Path=/slack; Max-Age=${String(seconds)}${secure}`;
  }

  function begin(): HttpRouteAnswer {
    const word = newNonce();
    const until = now() + stateLivesMs;
    const browser = newNonce();
    const signed = `${word}.${String(until)}`;
    const state = `${signed}.${sign(`${signed} ${browser}`).toString('base64url')}`;
    const url = new URL(
      options.apiUrl === undefined
        ? 'https://slack.com/oauth/v2/authorize'
        : new URL('/oauth/v2/authorize', options.apiUrl).href,
    );
    url.searchParams.set('client_id', options.clientId);
    url.searchParams.set('scope', neededScopes.join(','));
    url.searchParams.set('state', state);
    if (redirectUri !== undefined) url.searchParams.set('redirect_uri', redirectUri);
    return {
      status: 302,
      headers: { location: url.href, 'set-cookie': cookie(browser, stateLivesMs / 1_000), ...installHeaders },
      body: '',
    };
  }

  /** What is wrong with a state; undefined for one that this browser was given a moment ago. */
  function findFault(state: string, browser: string | undefined): 'foreign' | 'late' | undefined {
    const [word = '', until = '', signature = '', ...more] = state.split('.');
    const given = Buffer.from(signature, 'base64url');
    const wanted = sign(`${word}.${until} ${browser ?? ''}`);
    if (browser === undefined || more.length > 0) return 'foreign';
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'foreign';
    return Number(until) < now() ? 'late' : undefined;
  }

  function refuse(why: InstallRefusal): HttpRouteAnswer {
    logger.warn('slack.install-refused', { why });
    return renderRefusal(why, redirectUri ?? `PUBLIC_URL with ${redirectPath}`);
  }

  async function finish(request: HttpRouteRequest): Promise<HttpRouteAnswer> {
    const started = options.started();
    if (started === undefined) return refuse('not-started');
    const { code, state, error } = request.query;
    if (typeof state !== 'string') return refuse('no-state');
    const fault = findFault(state, readCookie(request));
    if (fault !== undefined) return refuse(fault);
    const { installations, exchange } = started;
    const [word = '', until = ''] = state.split('.');
    if (!(await installations.spend(sha256(word), Number(until), now()))) return refuse('finished');
    if (typeof error === 'string' || typeof code !== 'string')
      return refuse(error === 'access_denied' ? 'denied' : 'not-allowed');
    const given = accessSchema.safeParse(
      await exchange({ code, ...(redirectUri !== undefined && { redirect_uri: redirectUri }) }),
    );
    if (!given.success) return refuse('no-bot');
    if (given.data.is_enterprise_install) return refuse('organisation');
    const { access_token: token, refresh_token: refreshToken, expires_in: seconds, team } = given.data;
    const self = await readSelf(started.apiFor(token));
    if (team !== undefined && team !== null && team.id !== self.team_id) return refuse('two-workspaces');
    const name = team?.name === undefined || team.name === '' ? self.team_id : team.name;
    await installations.keep({
      ...{
        state: 'installed',
        team: self.team_id,
        name,
        me: self.user_id,
        bot: self.bot_id,
        url: self.url,
        token,
      },
      ...(refreshToken !== undefined && { refreshToken }),
      ...(seconds !== undefined && { expiresAt: now() + seconds * 1_000 }),
    });
    const scopes = given.data.scope.split(',');
    const missing = neededScopes.filter((scope) => !scopes.includes(scope));
    const isTold = await started.installed(self.team_id, name, missing).then(
      () => true,
      (failure: unknown) => {
        // It is kept: the workspace's first message sets it up.
        logger.warn('slack.installed-untold', { team: self.team_id, why: describeError(failure) });
        return false;
      },
    );
    return renderInstallPage({
      status: 200,
      title: `Countersign is in ${name}`,
      texts: [
        ...(isTold ? ['The operators have been told.'] : []),
        ...(missing.length === 0
          ? []
          : [
              `It lacks ${missing.join(', ')}: an operator updates the app from manifest.yml, then install it again.`,
            ]),
      ],
      steps: [
        'Invite it into a channel: /invite @Countersign',
        'Mention it there and say what you want.',
        'Whoever may ask and decide is named by the operators: an installation alone gives nobody a right.',
      ],
      ...(self.url.startsWith('https://') && { link: { label: `Open ${name} in Slack`, href: self.url } }),
    });
  }

  return [
    { method: 'GET', path: installPath, handle: () => Promise.resolve(begin()) },
    {
      method: 'GET',
      path: redirectPath,
      async handle(request) {
        const answer = await finish(request).catch((failure: unknown): HttpRouteAnswer => {
          logger.warn('slack.install-failed', { why: describeError(failure) });
          return refuse(whyRefused(failure));
        });
        return { ...answer, headers: { ...answer.headers, 'set-cookie': cookie('', 0) } };
      },
    },
  ];
}

function readCookie({ headers }: HttpRouteRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const found = pairs.filter(([name]) => name === cookieName);
  // Two of one name come from two paths: neither is believed.
  return found.length === 1 ? found[0]?.[1] : undefined;
}
