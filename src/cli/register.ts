/** `countersign discord register`: shows what would change in the commands that the platform keeps, then changes it. */
import { createInterface } from 'node:readline/promises';
import { openPlatforms } from '../app-parts.ts';
import { readSetup, say } from './command-setup.ts';

export interface RegisterOptions {
  readonly guild?: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export async function registerCommands(platform: string, options: RegisterOptions): Promise<void> {
  const { config } = readSetup();
  const platforms = openPlatforms(config);
  const plan = await platforms.planCommands(platform, options.guild);
  const { leftOut } = platforms.workflowCommands(platform);
  if (leftOut !== undefined) say(leftOut);
  const where = options.guild === undefined ? 'everywhere' : `on server ${options.guild}`;
  if (plan.changes.length === 0) {
    say(`Nothing changes: the commands ${where} are the ones of this version.`);
    return;
  }
  for (const line of plan.changes) say(line);
  if (options.dryRun) return;
  if (!options.yes && !(await isWanted(`Change these commands ${where}?`))) {
    say('Nothing was changed.');
    process.exitCode = 1;
    return;
  }
  await plan.apply();
  say(`Registered ${where}.`);
}

async function isWanted(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    say('Add --yes to change them without being asked.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/iu.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
