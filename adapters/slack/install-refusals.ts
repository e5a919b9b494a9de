/** Why an installation is not finished, and what whoever reads it does about it. */
import type { HttpRouteAnswer } from '../../src/chat/http-route.ts';
import { AppError } from '../../src/core/errors.ts';
import { renderInstallPage } from './install-page.ts';
import { SlackRefusal } from './refusals.ts';

export const installPath = '/slack/install';

export type InstallRefusal =
  | 'not-started'
  | 'no-state'
  | 'foreign'
  | 'late'
  | 'finished'
  | 'denied'
  | 'not-allowed'
  | 'code'
  | 'client'
  | 'redirect'
  | 'no-bot'
  | 'organisation'
  | 'two-workspaces'
  | 'unreachable'
  | 'refused';

/** Slack's words when it does not hand out a token. */
const whyByReason: ReadonlyMap<string, InstallRefusal> = new Map([
  ['invalid_code', 'code'],
  ['code_already_used', 'code'],
  ['code_expired', 'code'],
  ['invalid_client_id', 'client'],
  ['bad_client_secret', 'client'],
  ['bad_redirect_uri', 'redirect'],
  ['invalid_team_for_non_distributed_app', 'not-allowed'],
]);

export function whyRefused(failure: unknown): InstallRefusal {
  if (failure instanceof SlackRefusal) return whyByReason.get(failure.reason) ?? 'refused';
  return failure instanceof AppError && failure.isRetryable ? 'unreachable' : 'refused';
}

export function renderRefusal(why: InstallRefusal, redirectUri: string): HttpRouteAnswer {
  return renderInstallPage({
    title: 'Not installed',
    ...refusals(redirectUri)[why],
    link: { label: 'Begin again', href: installPath },
  });
}

interface Refusal {
  readonly status: number;
  readonly texts: readonly string[];
  readonly title?: string;
}

function refusals(redirectUri: string): Record<InstallRefusal, Refusal> {
  const say = (status: number, ...texts: readonly string[]): Refusal => ({ status, texts });
  return {
    'not-started': say(503, 'The bot is not connected to Slack yet.', 'Wait a minute, then begin again.'),
    'no-state': say(
      400,
      'Slack led here without the word that every installation begins with.',
      'Begin again here, not from Slack’s own list of apps or from an old link.',
    ),
    foreign: {
      ...say(
        400,
        'This installation was not begun in this browser, or it was finished here already.',
        'If the app is in your workspace, nothing is left to do. Else begin again, in one tab.',
      ),
      title: 'Nothing to finish here',
    },
    late: say(
      400,
      'This installation took longer than ten minutes.',
      'Begin again, and press «Allow» in Slack within ten minutes.',
    ),
    finished: {
      ...say(
        400,
        'This installation was finished already.',
        'If the app is in your workspace, nothing is left to do. Else begin again.',
      ),
      title: 'Nothing to finish here',
    },
    denied: say(
      400,
      'You did not allow it in Slack.',
      'Begin again and press «Allow». If Slack does not let you, ask an admin of your workspace to install it from this address.',
    ),
    'not-allowed': say(
      400,
      'Slack did not allow the installation.',
      'An operator looks into the app’s settings at «Manage Distribution»: it must be active before another workspace can install the app. Then begin again.',
    ),
    code: say(
      400,
      'The code that Slack gave for this installation was used already, or has expired.',
      'Begin again: each installation gets a code of its own.',
    ),
    client: say(
      500,
      'Slack does not know the app by its id and secret.',
      'An operator copies SLACK_CLIENT_ID and SLACK_CLIENT_SECRET from «Basic Information» again and restarts the bot. Then begin again.',
    ),
    redirect: say(
      500,
      'Slack does not accept the address that it leads back to.',
      `An operator enters ${redirectUri} at «OAuth & Permissions», «Redirect URLs». Then begin again.`,
    ),
    'no-bot': say(
      400,
      'Slack handed out no bot with this installation.',
      'An operator updates the app from manifest.yml. Then begin again.',
    ),
    organisation: say(
      400,
      'An installation for a whole Enterprise Grid organisation is not taken: it has one token for all workspaces, and here each has its own.',
      'Begin again and choose one workspace at the top right of Slack’s page; each workspace installs the app by itself. An admin of the organisation may remove what was just installed there.',
    ),
    'two-workspaces': say(400, 'Slack named two workspaces at once.', 'Begin again.'),
    unreachable: say(
      503,
      'Slack or the bot’s own store cannot be reached.',
      'Wait a minute, then begin again. Nothing has to be removed in Slack before.',
    ),
    refused: say(
      400,
      'Slack did not accept the installation.',
      'Begin again. If it stays so, an operator finds Slack’s word for it in the log, at «slack.install-failed».',
    ),
  };
}
