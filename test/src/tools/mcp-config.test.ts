import { describe, expect, it } from '@jest/globals';
import { parseMcpConfig } from '../../../src/tools/mcp-config.ts';
import type { ServerConfig } from '../../../src/tools/mcp-config.ts';

const parse = (text: string, env: Record<string, string> = {}): readonly ServerConfig[] =>
  parseMcpConfig(text, { file: 'mcp.json', env });
const servers = (entries: object, env?: Record<string, string>): readonly ServerConfig[] =>
  parse(JSON.stringify({ mcpServers: entries }, null, '\t'), env);

function mistakeOf(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    // Only AppErrors come out of it.
    return error as { code: string; message: string };
  }
  throw new Error('It was accepted.');
}

describe('given a valid mcp.json', () => {
  it('when it is read, then ${NAME} is filled in everywhere', () => {
    const env = { BIN: 'node', DIR: '/srv', KEY: 'k-123456', HOST: 'crm.internal' };

    const [crm, erp] = servers(
      {
        crm: {
          command: '${BIN}',
          args: ['a', '--dir=${DIR}'],
          env: { API: 'x${KEY}', EMPTY: '' },
          cwd: '${DIR}',
        },
        erp: { type: 'http', url: 'http://${HOST}:8080/mcp', headers: { Authorization: 'Bearer ${KEY}' } },
      },
      env,
    );

    expect(crm).toMatchObject({
      kind: 'stdio',
      name: 'crm',
      command: 'node',
      args: ['a', '--dir=/srv'],
      env: { API: 'xk-123456', EMPTY: '' },
      cwd: '/srv',
    });
    expect(erp).toMatchObject({
      kind: 'http',
      name: 'erp',
      url: 'http://crm.internal:8080/mcp',
      headers: { Authorization: 'Bearer k-123456' },
    });
    expect(erp?.secrets).toContain('k-123456');
  });

  it('when a secret is rotated, then the identity stays; when the program or host changes, then not', () => {
    const identity = (entry: object, env: Record<string, string>): string | undefined =>
      servers({ a: entry }, env)[0]?.identity;
    const stdio = { command: '${BIN}', args: ['--key', '${KEY}'] };
    const http = { url: 'https://${HOST}/mcp?key=${KEY}' };

    expect(identity(stdio, { BIN: 'x', KEY: 'one' })).toBe(identity(stdio, { BIN: 'x', KEY: 'two' }));
    expect(identity(stdio, { BIN: 'x', KEY: 'one' })).not.toBe(identity(stdio, { BIN: 'y', KEY: 'one' }));
    expect(identity(http, { HOST: 'a.example', KEY: 'one' })).toBe(
      identity(http, { HOST: 'a.example', KEY: 'two' }),
    );
    expect(identity(http, { HOST: 'a.example', KEY: 'one' })).not.toBe(
      identity(http, { HOST: 'b.example', KEY: 'one' }),
    );
    expect(identity({ command: 'x', args: ['ab'] }, {})).not.toBe(
      identity({ command: 'x', args: ['a', 'b'] }, {}),
    );
  });

  it('when a server is disabled, then it is left out and its values need not be set', () => {
    expect(servers({ a: { command: 'x', env: { K: '${NOT_SET}' }, disabled: true } })).toEqual([]);
  });
});

describe('given mistakes in mcp.json', () => {
  it('when there are many, then one error names each with its line and the fix', () => {
    const { code, message } = mistakeOf(() =>
      servers({
        both: { command: 'x', url: 'https://a.example' },
        neither: {},
        'Bad Name': { command: 'x' },
        unknown: { command: 'x', autoApprove: ['a'] },
        missing: { command: 'x', args: ['${NOT_SET}'], env: { A: '${ALSO_NOT}' } },
        sse: { type: 'sse', url: 'https://a.example/sse' },
        ftp: { url: 'ftp://a.example' },
        plain: { url: 'http://a.example/mcp' },
        inUrl: { url: 'https://bob:pass@a.example/mcp' },
        list: { command: 'x', args: 'a b' },
        nets: { url: 'https://a.example', allowAddresses: ['10.0.0.0/8', '10.0.0.0/33', '169.254.169.254'] },
      }),
    );

    expect(code).toBe('config.invalid');
    expect(message).toContain(
      'mcp.json:3: mcpServers.both: has both "command" and "url". Fix: keep the one that is meant.',
    );
    for (const part of [
      'mcpServers.neither: has neither',
      '"Bad Name" cannot be',
      'mcpServers.unknown.autoApprove',
      '${NOT_SET}, which is not set',
      '${ALSO_NOT}',
      'streamable HTTP',
      'ftp:',
      'plain http',
      'user name or password',
      'mcpServers.list.args: must be a list',
      '"10.0.0.0/33" is no address and no net',
      '"169.254.169.254" is an address that no tool server is reached at',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('bob');
  });

  it.each([
    [
      'a missing comma',
      '{\n  "mcpServers": {\n    "a": { "command": "x" }\n    "b": { "command": "y" }\n  }\n}',
      4,
    ],
    ['a surplus comma', '{\n  "mcpServers": {\n    "a": { "command": "x" },\n  }\n}', 4],
    ['a comment', '{\n  // servers\n  "mcpServers": {}\n}', 2],
    ['a missing bracket', '{\n  "mcpServers": {\n}\n', 4],
    ['single quotes', "{\n  'mcpServers': {}\n}", 2],
  ])('when there is %s, then its line is named and nothing of the file is quoted', (_, text, line) => {
    const { message } = mistakeOf(() => parse(text));

    expect(message).toContain(`mcp.json:${String(line)}: is not valid JSON`);
  });

  it('when a key is given twice, or there are no servers at all, then that is said', () => {
    expect(
      mistakeOf(() => parse('{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}')).message,
    ).toContain('is given twice');
    expect(mistakeOf(() => parse('{"servers": {}}')).message).toContain('mcpServers');
    expect(mistakeOf(() => parse('[]')).message).toContain('must be a map');
  });
});
