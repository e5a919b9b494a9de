/** `countersign init`: writes `.env`, `people.yaml` and the Slack app's manifest from a few questions. Never overwrites, never asks for a secret. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { openPlatforms } from '../app-parts.ts';
import { AppError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { newToken } from '../gate/people-desk.ts';
import { withPerson } from '../people/edit-people.ts';
import { idOfName } from '../people/person-id.ts';
import { readSetup, say } from './command-setup.ts';
import { writePeople } from './people.ts';
import { slackManifest } from './slack-manifest.ts';

export interface InitOptions {
  readonly name?: string;
  readonly chat?: string;
  readonly model?: string;
  readonly account?: string;
}

const chats = ['none', 'slack', 'discord', 'both'] as const;
const models = ['demo', 'anthropic', 'openai'] as const;

interface Answers {
  readonly name: string;
  readonly chat: (typeof chats)[number];
  readonly model: (typeof models)[number];
  readonly account: string;
}

export async function init(options: InitOptions): Promise<void> {
  const { config, root } = readSetup();
  const { peoplePath } = config;
  const envPath = resolve('.env');
  const manifestPath = resolve('slack-manifest.yml');
  const there = [envPath, peoplePath, manifestPath].filter((path) => existsSync(path));
  if (there.length > 0)
    throw new AppError(
      'config.invalid',
      `${there.join(' and ')} exist already. Fix: change them by hand, or with \`countersign people add\`; init only starts.`,
    );
  const answers = await ask(options);
  const id = idOfName(answers.name);
  const token = newToken();
  writePeople(peoplePath, () => peopleText(answers, id, token, basename(peoplePath)));
  writeFileSync(envPath, envText(answers), { mode: 0o600, flag: 'wx' });
  const isOnSlack = answers.chat === 'slack' || answers.chat === 'both';
  if (isOnSlack) {
    const { taken, leftOut } = openPlatforms(config).workflowCommands('slack');
    const manifest = slackManifest(readFileSync(join(root, 'manifest.yml'), 'utf8'), taken, {});
    writeFileSync(manifestPath, manifest, { flag: 'wx' });
    if (leftOut !== undefined) say(leftOut);
  }
  say(`Wrote ${[peoplePath, envPath, ...(isOnSlack ? [manifestPath] : [])].join(', ')}.`);
  say(`Your token for the console, shown only now: ${token}`);
  for (const [index, line] of nextSteps(answers).entries()) say(`${String(index + 1)}. ${line}`);
}

async function ask(options: InitOptions): Promise<Answers> {
  const terminal = process.stdin.isTTY
    ? createInterface({ input: process.stdin, output: process.stdout })
    : undefined;
  const answer = async (given: string | undefined, question: string, otherwise: string): Promise<string> => {
    if (given !== undefined) return given.trim();
    const typed = (await terminal?.question(`${question} [${otherwise}] `))?.trim() ?? '';
    return typed === '' ? otherwise : typed;
  };
  try {
    const name = await answer(options.name, 'Your name, as others read it?', '');
    if (name === '') throw new AppError('config.invalid', 'Nobody is named. Fix: add --name "Your name".');
    const chat = oneOf(
      chats,
      '--chat',
      await answer(options.chat, 'Chat: none, slack, discord or both?', 'none'),
    );
    const model = oneOf(
      models,
      '--model',
      await answer(
        options.model,
        'Model: demo, anthropic or openai (any endpoint that speaks chat completions)?',
        'demo',
      ),
    );
    const wanted =
      chat === 'none'
        ? ''
        : await answer(
            options.account,
            'Your account there (Slack T01/U02, Discord a number; empty for later)?',
            '',
          );
    return { name, chat, model, account: wanted };
  } finally {
    terminal?.close();
  }
}

function oneOf<T extends string>(known: readonly T[], flag: string, given: string): T {
  const found = known.find((entry) => entry === given.toLowerCase());
  if (found === undefined)
    throw new AppError('config.invalid', `${flag}: ${given} is not one of ${known.join(', ')}.`);
  return found;
}

function peopleText({ name, account }: Answers, id: string, token: string, file: string): string {
  const isSlack = account.includes('/');
  return withPerson(
    undefined,
    {
      id,
      name,
      roles: ['operator', 'approver'],
      tokenSha256: [sha256(token)],
      ...(account !== '' && (isSlack ? { slack: [account] } : { discord: [account] })),
    },
    file,
  );
}

function envText({ chat, model }: Answers): string {
  const lines = ['# The environment of Countersign; .env.example describes every key.'];
  if (model === 'anthropic') lines.push('ANTHROPIC_API_KEY=');
  if (model === 'openai') lines.push('MODEL=openai/', 'OPENAI_BASE_URL=', 'OPENAI_API_KEY=');
  if (chat === 'slack' || chat === 'both')
    lines.push('SLACK_BOT_TOKEN=', 'SLACK_APP_TOKEN=', 'SLACK_SIGNING_SECRET=');
  if (chat === 'discord' || chat === 'both') lines.push('DISCORD_TOKEN=');
  return `${lines.join('\n')}\n`;
}

function nextSteps({ chat, model }: Answers): readonly string[] {
  return [
    ...(model === 'demo' ? [] : ['Put the key of the model into .env.']),
    ...(chat === 'slack' || chat === 'both'
      ? ['Make the Slack app from slack-manifest.yml, as docs/slack.md says, and put its tokens into .env.']
      : []),
    ...(chat === 'discord' || chat === 'both'
      ? ['Follow docs/discord.md, and put the bot’s token into .env.']
      : []),
    'You cannot approve what you ask for: add a second person with `npx countersign people add`.',
    'Check everything: `npx countersign doctor`. Then `npm start`.',
  ];
}
