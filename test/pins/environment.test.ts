import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { configKeys } from '../../src/config.ts';

describe('.env.example', () => {
  it('documents every key that is read, each with a comment above it', () => {
    const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n');
    const documented = lines.flatMap((line, index) => {
      const key = /^#? ?([A-Z][A-Z0-9_]+)=/u.exec(line)?.[1];
      return key !== undefined && lines[index - 1]?.startsWith('#') === true ? [key] : [];
    });

    expect([...new Set(configKeys)].filter((key) => !documented.includes(key))).toEqual([]);
  });
});
