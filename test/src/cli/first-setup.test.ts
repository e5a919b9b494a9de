import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../../../src/core/hash.ts';
import { runCommand } from '../../builders/run-command.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function anEmptyFolder(): string {
  const folder = aFolder();
  folders.push(folder);
  return folder;
}

const tokenIn = (output: string): string => /cs_[\w-]+/u.exec(output)?.[0] ?? '';

describe('given an empty folder', () => {
  it('when somebody starts with init, then he is known with his token, and nobody else may read .env', async () => {
    const folder = anEmptyFolder();

    const { code, output } = await runCommand(folder, [
      ...['init', '--name', 'Ana Müller', '--chat', 'both', '--model', 'anthropic', '--account', '2001'],
    ]);

    expect(code).toBe(0);
    const people = readFileSync(join(folder, 'people.yaml'), 'utf8');
    expect(people).toContain('ana-muller:');
    expect(people).toContain('roles: [ operator, approver ]');
    expect(people).toContain(sha256(tokenIn(output)));
    expect(people).not.toContain(tokenIn(output));
    expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(
      /^ANTHROPIC_API_KEY=\nSLACK_BOT_TOKEN=\n[\s\S]*\nDISCORD_TOKEN=\n/mu,
    );
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(output).toContain('add a second person');
    expect(readFileSync(join(folder, 'slack-manifest.yml'), 'utf8')).toContain('command: /refund');
  }, 60_000);

  it('when init is called again, then it changes nothing and says so', async () => {
    const folder = anEmptyFolder();
    writeFileSync(join(folder, 'people.yaml'), 'people:\n  ben: { name: Ben }\n');

    const { code, output } = await runCommand(folder, [
      'init',
      '--name',
      'Ana',
      '--chat',
      'none',
      '--model',
      'demo',
    ]);

    expect([code, output.includes('exist already')]).toEqual([1, true]);
    expect(readFileSync(join(folder, 'people.yaml'), 'utf8')).toBe('people:\n  ben: { name: Ben }\n');
  }, 60_000);

  it('when it is called without a terminal and without answers, then it says which flag is missing', async () => {
    const { code, output } = await runCommand(anEmptyFolder(), ['init']);

    expect([code, output.includes('Fix: add --name')]).toEqual([1, true]);
  }, 60_000);
});

describe('given people.yaml', () => {
  it('when somebody is added, gets an account and a token, then the list shows it and the token is in no file', async () => {
    const folder = anEmptyFolder();
    const run = (...args: readonly string[]) => runCommand(folder, ['people', ...args]);

    await run('add', 'ben', '--name', 'Ben', '--role', 'approver', '--role', 'finance');
    await run('add', 'ben', '--discord', '2002');
    const { output } = await run('token', 'ben', '--save');
    const list = await run('list');

    expect(list.output).toMatch(/ben +Ben +approver, finance +discord 2002 +1/u);
    const file = readFileSync(join(folder, 'people.yaml'), 'utf8');
    expect(file).toContain(sha256(tokenIn(output)));
    expect(file).not.toContain(tokenIn(output));
  }, 60_000);

  it('when a change would break it, then the file stays and the mistake is named', async () => {
    const folder = anEmptyFolder();
    writeFileSync(join(folder, 'people.yaml'), 'people:\n  ben: { name: Ben, discord: ["2002"] }\n');

    const { code, output } = await runCommand(folder, [
      'people',
      'add',
      'cho',
      '--name',
      'Cho',
      '--discord',
      '2002',
    ]);

    expect(code).toBe(1);
    expect(output).toContain('already belongs to "ben"');
    expect(readFileSync(join(folder, 'people.yaml'), 'utf8')).not.toContain('cho');
  }, 60_000);
});

describe('given tokens of Slack in each other’s place, and nobody who is known', () => {
  it('when the doctor looks, then he says both, each in a line of its own, and does not go on about roles', async () => {
    const { code, output } = await runCommand(anEmptyFolder(), ['doctor'], {
      SLACK_BOT_TOKEN: 'xapp-1',
      SLACK_APP_TOKEN: 'xoxb-1',
      PORT: '0',
    });

    expect(code).toBe(1);
    expect(output).toMatch(/^FAIL people .*Nobody is known/mu);
    expect(output.match(/^FAIL slack .*SLACK_(?:BOT|APP)_TOKEN is not/gmu)).toHaveLength(2);
    expect(output).not.toContain('warn policy');
  });
});
