/**
 * A Slack app that many workspaces install: `oauth.v2.access` with rotating tokens, in front of one local Slack per
 * workspace. A token leads to the workspace that handed it over and to no other.
 *
 * Strict where Slack is: codes and refresh tokens work once, a renewed token ends the one before it at once.
 */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { manifestScopes } from './workspace.ts';
import type { FakeSlack } from './index.ts';

export interface FakeSlackApp {
  /** For `SLACK_API_URL`. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Refresh tokens that were used, by workspace, in order. */
  readonly refreshes: readonly string[];
  /** Every secret that was ever handed out. */
  readonly secrets: readonly string[];
  /** Somebody presses «Allow» at this address, in this workspace; answers where Slack leads him. */
  allow(address: string, team: string): string;
  /** The same for a whole Enterprise Grid organisation, of which this workspace is one. */
  allowForOrganisation(address: string, team: string): string;
  /** Slack's API hangs up on everything until it is back. */
  setAway(isAway: boolean): void;
  /** The token that a workspace handed out last is over at once, whatever was said of its time. */
  expire(team: string): void;
  uninstall(team: string): void;
  close(): Promise<void>;
}

export interface FakeSlackAppOptions {
  readonly workspaces: readonly FakeSlack[];
  redirectUrl(): string;
  readonly tokensLiveSeconds?: number;
}

interface Token {
  readonly team: string;
  state: 'valid' | 'token_expired' | 'account_inactive';
  readonly until: number;
}

const codeLivesMs = 10 * 60_000;
const accessArguments = new Set([
  ...['client_id', 'client_secret', 'code', 'redirect_uri', 'grant_type', 'refresh_token', 'team_id'],
]);

export async function createFakeSlackApp(options: FakeSlackAppOptions): Promise<FakeSlackApp> {
  const { tokensLiveSeconds = 43_200 } = options;
  const [clientId, clientSecret] = ['111.222', 'client-canary-31fe'];
  const workspaces = new Map(options.workspaces.map((fake) => [fake.teamId, fake]));
  const tokens = new Map<string, Token>();
  const refreshTokens = new Map<string, string>();
  const codes = new Map<
    string,
    {
      readonly team: string;
      readonly until: number;
      readonly redirect?: string;
      readonly isOrganisation: boolean;
    }
  >();
  const usedCodes = new Set<string>();
  let isAway = false;
  const refreshes: string[] = [];
  const secrets: string[] = [];
  let count = 0;

  const now = (): number => performance.now();
  const secret = (beginning: string): string => {
    count += 1;
    const made = `${beginning}canary${String(count).padStart(20, '0')}`;
    secrets.push(made);
    return made;
  };

  function handOut(team: string): object {
    for (const [token, held] of tokens)
      if (held.team === team && held.state === 'valid')
        tokens.set(token, { ...held, state: 'token_expired' });
    const access = secret('xoxe.xoxb-1-');
    const refresh = secret('xoxe-1-');
    tokens.set(access, { team, state: 'valid', until: now() + tokensLiveSeconds * 1_000 });
    refreshTokens.set(refresh, team);
    return {
      ok: true,
      app_id: 'A01',
      access_token: access,
      refresh_token: refresh,
      expires_in: tokensLiveSeconds,
      token_type: 'bot',
      scope: manifestScopes.join(','),
      bot_user_id: workspaces.get(team)?.botUserId,
      team: { id: team, name: workspaces.get(team)?.workspace.team.domain },
      enterprise: null,
      is_enterprise_install: false,
      authed_user: { id: 'U1' },
    };
  }

  function access(form: URLSearchParams): object {
    const refuse = (error: string): object => ({ ok: false, error });
    if ([...form.keys()].some((name) => !accessArguments.has(name))) return refuse('invalid_arguments');
    if (form.get('client_id') !== clientId) return refuse('invalid_client_id');
    if (form.get('client_secret') !== clientSecret) return refuse('bad_client_secret');
    if (form.get('grant_type') === 'refresh_token') {
      const refresh = form.get('refresh_token') ?? '';
      const team = refreshTokens.get(refresh);
      if (team === undefined) return refuse('invalid_refresh_token');
      refreshTokens.delete(refresh);
      refreshes.push(team);
      return handOut(team);
    }
    const given = form.get('code') ?? '';
    const code = codes.get(given);
    codes.delete(given);
    if (code === undefined) return refuse(usedCodes.has(given) ? 'code_already_used' : 'invalid_code');
    usedCodes.add(given);
    if (code.until < now()) return refuse('code_expired');
    if ((form.get('redirect_uri') ?? undefined) !== code.redirect) return refuse('bad_redirect_uri');
    if (!code.isOrganisation) return handOut(code.team);
    return {
      ...handOut(code.team),
      team: null,
      enterprise: { id: 'E01', name: 'the whole company' },
      is_enterprise_install: true,
    };
  }

  async function forward(method: string, request: IncomingMessage, body: Buffer): Promise<Response | object> {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /u, '');
    const held = tokens.get(token);
    const fake = workspaces.get(held?.team ?? '');
    if (held === undefined || fake === undefined) return { ok: false, error: 'invalid_auth' };
    if (held.state !== 'valid') return { ok: false, error: held.state };
    if (held.until < now()) return { ok: false, error: 'token_expired' };
    return fetch(`${fake.apiUrl}${method}`, {
      method: 'POST',
      headers: {
        'content-type': request.headers['content-type'] ?? '',
        authorization: `Bearer ${fake.botToken}`,
      },
      body: body.toString('utf8').replaceAll(encodeURIComponent(token), encodeURIComponent(fake.botToken)),
    });
  }

  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      // A request's stream yields buffers unless an encoding is set.
      for await (const part of request) parts.push(part as Buffer);
      if (isAway) {
        response.destroy();
        return;
      }
      const body = Buffer.concat(parts);
      const method = (request.url ?? '').split('/')[2] ?? '';
      const answer =
        method === 'oauth.v2.access'
          ? access(new URLSearchParams(body.toString('utf8')))
          : await forward(method, request, body);
      if (answer instanceof Response) {
        const kept = ['x-oauth-scopes', 'retry-after'].flatMap((name) => {
          const value = answer.headers.get(name);
          return value === null ? [] : [[name, value] as const];
        });
        response.writeHead(answer.status, {
          'content-type': 'application/json',
          ...Object.fromEntries(kept),
        });
        response.end(await answer.text());
      } else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    })().catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('The server has no port.');
  const origin = `http://127.0.0.1:${String(place.port)}`;

  function allow(address: string, team: string, isOrganisation: boolean): string {
    const url = new URL(address);
    const given = Object.fromEntries(url.searchParams);
    const scopes = (given['scope'] ?? '').split(',');
    if (url.origin !== origin || url.pathname !== '/oauth/v2/authorize' || given['client_id'] !== clientId)
      throw new Error(`Slack knows nothing at ${address}.`);
    if (scopes.length === 0 || scopes.some((scope) => !manifestScopes.includes(scope)))
      throw new Error(`The app's manifest does not name the scopes ${scopes.join(' ')}.`);
    const redirect = given['redirect_uri'];
    if (redirect !== undefined && redirect !== options.redirectUrl())
      throw new Error('That redirect address is not registered.');
    const code = secret('code-');
    codes.set(code, {
      team,
      isOrganisation,
      until: now() + codeLivesMs,
      ...(redirect !== undefined && { redirect }),
    });
    const back = new URL(options.redirectUrl());
    back.searchParams.set('code', code);
    back.searchParams.set('state', given['state'] ?? '');
    return back.href;
  }

  return {
    apiUrl: `${origin}/api/`,
    clientId,
    clientSecret,
    refreshes,
    secrets,
    allow: (address, team) => allow(address, team, false),
    allowForOrganisation: (address, team) => allow(address, team, true),
    setAway(next) {
      isAway = next;
    },
    expire(team) {
      for (const [token, held] of tokens)
        if (held.team === team && held.state === 'valid')
          tokens.set(token, { ...held, state: 'token_expired' });
    },
    uninstall(team) {
      for (const [token, held] of tokens)
        if (held.team === team) tokens.set(token, { ...held, state: 'account_inactive' });
      for (const [refresh, of] of refreshTokens) if (of === team) refreshTokens.delete(refresh);
      workspaces.get(team)?.uninstall();
      const fake = workspaces.get(team);
      // The stand-in behind the front is only reached by tokens of this app; a new installation finds it as it was.
      if (fake !== undefined) fake.workspace.tokenState = 'valid';
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
