import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/core/pino-logger.ts';

const redact = (text: string): string => text.replaceAll('canary', '[redacted]');

function aLog(level: 'debug' | 'info' = 'info', isTTY = false) {
  const lines: string[] = [];
  const logger = createLogger(level, redact, { isTTY, write: (line) => lines.push(line) });
  return { logger, lines };
}

describe('given a logger', () => {
  it('when an event is logged, then it is one JSON line with level, time, event and fields', () => {
    const { logger, lines } = aLog();

    logger.warn('tool-server.lost', { server: 'crm', tries: 3 });

    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/u),
      msg: 'tool-server.lost',
      server: 'crm',
      tries: 3,
    });
  });

  it('when a secret hides anywhere in the fields, then it is not written', () => {
    const { logger, lines } = aLog();

    logger.error('run.failed canary', {
      plain: 'a canary',
      deep: { list: [{ text: 'canary' }], canary: 1 },
      error: new Error('outer', { cause: new Error('canary inside') }),
    });

    expect(lines.join('')).not.toContain('canary');
    expect(lines.join('').match(/\[redacted\]/gu)).toHaveLength(5);
  });

  it('when a field has the name of the line’s own, then it does not pass for it', () => {
    const { logger, lines } = aLog();

    logger.info('run.started', { msg: 'forged', level: 'error' });

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'run.started',
      level: 'info',
      msg_: 'forged',
      level_: 'error',
    });
    expect(lines[0]).not.toMatch(/"msg":"forged"/u);
  });

  it('when an event is below the level, then nothing is written', () => {
    const { logger, lines } = aLog('info');

    logger.debug('run.folded');

    expect(lines).toEqual([]);
  });

  it('when a person reads along on a terminal, then a line is short and plain', () => {
    const { logger, lines } = aLog('info', true);

    logger.info('server.started', { url: 'http://127.0.0.1:8787' });

    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} info {2}server\.started \{"url":"http:\/\/127\.0\.0\.1:8787"\}\n$/u,
    );
  });
});
