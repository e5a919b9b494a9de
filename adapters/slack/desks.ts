/**
 * The workspaces that this bot serves: the one of the environment's token, and those that installed the app. A desk is
 * set up when it is first needed, so that a thousand quiet workspaces cost rows only.
 */
import type { AdapterContext, InboundSink } from '../../src/chat/adapter.ts';
import { createSlackApi } from './api.ts';
import type { SlackApi } from './api.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import type { Exchange } from './tokens.ts';
import type { Installation, Installations } from './installations.ts';
import { createPace } from './pace.ts';
import { readSelf } from './self.ts';
import { createInstalledToken, fixedToken } from './tokens.ts';
import type { TokenSource } from './tokens.ts';
import type { SlackLibrary } from './vendor.ts';

export interface Desks {
  /** The desk of a workspace; undefined for one that never installed the app. Throws `chat.unavailable`. */
  find(team: string): Promise<Desk | undefined>;
  /** Those that are set up by now. */
  readonly open: ReadonlyMap<string, Desk>;
  /** Installed workspaces that are not served any more, as people read them. */
  trouble(): string | undefined;
  stop(): Promise<void>;
}

export interface InstalledWorkspaces {
  readonly installations: Installations;
  readonly exchange: Exchange;
  /** Where a workspace installs the app, for people who mend it. */
  readonly installUrl: string;
}

export interface DesksOptions {
  readonly library: SlackLibrary;
  readonly apiUrl: string | undefined;
  readonly context: AdapterContext;
  readonly sink: InboundSink;
  /** The environment's own token; its workspace is served by it alone. */
  readonly token: string | undefined;
  readonly installed: InstalledWorkspaces | undefined;
}

type Gone = Installation & { readonly state: 'gone' };

/** Throws `config.invalid` for a token of the environment that does not work. */
export async function openDesks(options: DesksOptions): Promise<Desks> {
  const { library, apiUrl, context, sink, installed } = options;
  const { clock, logger } = context;
  const open = new Map<string, Desk>();
  /** Workspaces that lost their right here and have not come back. */
  const gone = new Map<string, string>();

  const apiWith = (tokens: TokenSource, tokenFix?: string): SlackApi =>
    createSlackApi({
      library,
      tokens,
      apiUrl,
      pace: createPace(clock),
      ...(tokenFix !== undefined && { tokenFix }),
    });

  const fixFor = ({ team, name }: { readonly team: string; readonly name: string }): string =>
    `The Slack workspace ${name} (${team}) is not served any more: the app was removed there or its token revoked. ` +
    `Fix: install it again from ${installed?.installUrl ?? ''}`;

  function lost(installation: Gone): void {
    const text = fixFor(installation);
    gone.set(installation.team, text);
    logger.error('slack.revoked', { team: installation.team, why: installation.why, fix: text });
    context.announceTrouble?.('slack', text);
  }

  /** Slack's word is checked: it may have come late, after the app was installed again. */
  async function revoke(desk: Desk, { installations }: InstalledWorkspaces): Promise<void> {
    const { team } = desk;
    try {
      await desk.api.call('auth.test', {});
      return;
    } catch (error) {
      // Whoever cannot ask does not know: Slack sends the event again.
      if (!isParked(error)) throw error;
    }
    const { standing, isMine } = await installations.change(team, (found) =>
      found.state === 'installed'
        ? { state: 'gone', team, name: found.name, why: 'it was removed in Slack' }
        : undefined,
    );
    if (isMine && standing?.state === 'gone') lost(standing);
  }

  async function findInstalled(team: string): Promise<Desk | undefined> {
    if (installed === undefined) return undefined;
    const standing = await installed.installations.find(team);
    const known = open.get(team);
    if (standing?.state !== 'installed') {
      if (standing !== undefined) gone.set(team, fixFor(standing));
      return known ?? (standing === undefined ? undefined : setUp(standing, installed));
    }
    gone.delete(team);
    return known ?? setUp(standing, installed);
  }

  function setUp(standing: Installation, from: InstalledWorkspaces): Desk {
    const { team } = standing;
    const tokens = createInstalledToken({
      ...from,
      team,
      clock,
      fixFor,
      onGone: lost,
    });
    // A workspace that is gone has no bot: nothing is sent there, and what waits there says why.
    const { me, bot, url } = standing.state === 'installed' ? standing : { me: '', bot: '', url: '' };
    const desk: Desk = createDesk({
      api: apiWith(tokens, fixFor(standing)),
      context,
      sink,
      team,
      name: standing.name,
      me,
      bot,
      url,
      onRevoked: () => revoke(desk, from),
    });
    if (standing.state === 'installed') open.set(team, desk);
    return desk;
  }

  if (options.token !== undefined) {
    const api = apiWith(fixedToken(options.token));
    const { team_id: team, team: name = team, user_id: me, bot_id: bot, url } = await readSelf(api);
    open.set(
      team,
      createDesk({
        ...{ api, context, sink, team, name, me, bot, url },
        onRevoked() {
          gone.set(team, 'The app was uninstalled or its token revoked.');
          logger.error('slack.revoked', {
            fix: 'Install the app again, set the new SLACK_BOT_TOKEN and restart.',
          });
          return Promise.resolve();
        },
      }),
    );
  }
  const own = new Set(open.keys());
  for (const { team } of (await installed?.installations.list()) ?? [])
    if (!own.has(team)) await findInstalled(team);

  return {
    open,
    async find(team) {
      if (own.has(team)) return open.get(team);
      const known = open.get(team);
      return known !== undefined && !gone.has(team) ? known : findInstalled(team);
    },
    trouble: () => [...gone.values()][0],
    async stop() {
      await Promise.all([...open.values()].map((desk) => desk.stop()));
    },
  };
}

function isParked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'chat.parked';
}
