/** `countersign slack manifest`: manifest.yml with the commands of this version's workflows, ready to paste. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, YAMLSeq } from 'yaml';
import { openPlatforms } from '../app-parts.ts';
import type { WorkflowCommand } from '../chat/adapter.ts';
import { AppError } from '../core/errors.ts';
import { firstCharacters } from '../core/first-characters.ts';
import { readSetup, say } from './command-setup.ts';

export interface ManifestOptions {
  /** Where Slack reaches the bot: then events come over HTTP, not by Socket Mode. */
  readonly url?: string;
}

export function printSlackManifest(options: ManifestOptions): void {
  const { config, root } = readSetup();
  const { taken, leftOut } = openPlatforms(config).workflowCommands('slack');
  say(slackManifest(readFileSync(join(root, 'manifest.yml'), 'utf8'), taken, options).trimEnd());
  // Beside the manifest, which is piped into files.
  if (leftOut !== undefined) process.stderr.write(`${leftOut}\n`);
}

const longestDescription = 2_000;
/** The shipped manifest with a command for each of these workflows; comments stay. */
export function slackManifest(
  shipped: string,
  workflows: readonly WorkflowCommand[],
  { url }: ManifestOptions,
): string {
  const manifest = parseDocument(shipped);
  const commands = manifest.getIn(['features', 'slash_commands']);
  if (!(commands instanceof YAMLSeq))
    throw new AppError('config.invalid', 'manifest.yml names no commands. Fix: take the shipped file.');
  for (const { name, title } of workflows) {
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
