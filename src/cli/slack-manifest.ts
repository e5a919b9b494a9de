/** `countersign slack manifest`: manifest.yml with the commands of this version's workflows, ready to paste. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, YAMLSeq } from 'yaml';
import { shippedOffer } from '../app-parts.ts';
import type { WorkflowCommand } from '../chat/adapter.ts';
import { AppError } from '../core/errors.ts';
import { firstCharacters } from '../core/first-characters.ts';
import { readSetup, say } from './command-setup.ts';

export interface ManifestOptions {
  /** Where Slack reaches the bot: then events come over HTTP, not by Socket Mode. */
  readonly url?: string;
}

export function printSlackManifest(options: ManifestOptions): void {
  const { root } = readSetup();
  const { workflows } = shippedOffer();
  say(slackManifest(readFileSync(join(root, 'manifest.yml'), 'utf8'), workflows, options).trimEnd());
  const left = withoutSlackCommand(workflows);
  // Beside the manifest, which is piped into files.
  if (left.length > 0) process.stderr.write(`${leftOutWords(left)}\n`);
}

const longestDescription = 2_000;
/** Slack takes fifty commands, `/countersign` among them. */
const mostWorkflows = 49;

function hasCommand({ name }: WorkflowCommand): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,30}$/u.test(name) && name !== 'countersign';
}

/** Workflows that are begun by a mention alone, though they ask for a command. */
export function withoutSlackCommand(workflows: readonly WorkflowCommand[]): readonly string[] {
  const named = new Set(workflows.filter(hasCommand).slice(0, mostWorkflows));
  return workflows.filter((workflow) => !named.has(workflow)).map(({ name }) => name);
}

export function leftOutWords(names: readonly string[]): string {
  return `Without a command, because Slack takes no more or not by this name: ${names.join(', ')}. Mentions begin them.`;
}

/** The shipped manifest with a command per workflow; comments stay. */
export function slackManifest(
  shipped: string,
  workflows: readonly WorkflowCommand[],
  { url }: ManifestOptions,
): string {
  const manifest = parseDocument(shipped);
  const commands = manifest.getIn(['features', 'slash_commands']);
  if (!(commands instanceof YAMLSeq))
    throw new AppError('config.invalid', 'manifest.yml names no commands. Fix: take the shipped file.');
  for (const { name, title } of workflows.filter(hasCommand).slice(0, mostWorkflows)) {
    const command = {
      command: `/${name}`,
      description: title === '' ? name : firstCharacters(title, longestDescription),
      usage_hint: 'what exactly',
      should_escape: true,
    };
    commands.add(manifest.createNode(command));
  }
  if (url !== undefined) {
    if (!URL.canParse('/slack/events', url))
      throw new AppError(
        'config.invalid',
        '--url is not a web address. Fix: give one like https://bot.example.com.',
      );
    const address = new URL('/slack/events', url).href;
    const redirect = new URL('/slack/oauth_redirect', url).href;
    manifest.setIn(['oauth_config', 'redirect_urls'], manifest.createNode([redirect]));
    manifest.setIn(['settings', 'socket_mode_enabled'], false);
    manifest.setIn(['settings', 'event_subscriptions', 'request_url'], address);
    manifest.setIn(['settings', 'interactivity', 'request_url'], address);
    for (const index of commands.items.keys())
      manifest.setIn(['features', 'slash_commands', index, 'url'], address);
  }
  return manifest.toString({ lineWidth: 0 });
}
