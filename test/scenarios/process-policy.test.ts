/** What the shell says of the policy is what a running bot does. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aFolder, removeFolder, runCommand } from '../builders/running-bot.ts';

const folder = aFolder();
const dataDir = join(folder, 'data');
const root = new URL('../../', import.meta.url).pathname;
const shell = (...words: readonly string[]): Promise<{ code: number | null; output: string }> =>
  runCommand(words, { dataDir, cwd: folder });

beforeAll(() => {
  mkdirSync(dataDir);
  const crm = {
    command: process.execPath,
    args: [join(root, 'dist/servers/crm.js')],
    env: { COMPANY_DATA_DIR: join(folder, 'company') },
  };
  writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { crm } }));
  writeFileSync(join(folder, 'people.yaml'), 'people:\n  ana: { name: Ana, roles: [operator, approver] }\n');
});
afterAll(() => {
  removeFolder(folder);
});

const policyWith = (verdict: string): void => {
  const lines = [
    'version: 1',
    'default: { verdict: ask, approvers: [approver] }',
    'tools:',
    `  crm/find_customer: { effect: read, verdict: ${verdict} }`,
  ];
  writeFileSync(join(folder, 'policy.yaml'), `${lines.join('\n')}\n`);
};

describe('given a server that the policy does not name as reviewed', () => {
  it('when an operator has reviewed it, then `policy explain` knows', async () => {
    policyWith('allow');
    const explained = (): Promise<{ output: string }> =>
      shell('policy', 'explain', 'crm/find_customer', '--args', '{"name":"Acme"}', '--as', 'ana');
    expect((await explained()).output).toContain('no operator has reviewed this server');

    const reviewed = await shell('tools', 'review', 'crm', '--as', 'ana', '--yes');

    expect(reviewed.output).toContain('crm is reviewed by Ana');
    expect((await explained()).output).not.toContain('no operator has reviewed this server');
  }, 60_000);

  it('when a verdict cannot be read, then `policy check` says so, and nothing of what would follow from it', async () => {
    policyWith('alow, approvers: [approver]');

    const { code, output } = await shell('policy', 'check');

    expect([code, output]).toEqual([1, expect.stringContaining('policy.yaml')]);
    expect(output).toContain('alow');
    expect(output).not.toContain('has no effect');
  }, 60_000);
});
