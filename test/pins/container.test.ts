/** The container's files name what is there: files, ports and keys. Building it needs Docker and is not tested here. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { configKeys } from '../../src/config.ts';

const root = new URL('../../', import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const dockerfile = text('Dockerfile');
const instructions = dockerfile
  .replaceAll(/\\\n\s*/gu, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

const service = z.object({
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  read_only: z.boolean().optional(),
});
const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(text('compose.yaml'), { merge: true }));
const bots = Object.entries(compose.services).filter(([name]) => name.startsWith('bot'));
const documented = text('.env.example');

describe('Dockerfile', () => {
  it('copies files that are there and that .dockerignore lets in', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const admitted = text('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

    expect(copied.length).toBeGreaterThan(8);
    expect(copied.filter((name) => !existsSync(new URL(name, root)))).toEqual([]);
    expect(copied.filter((name) => !admitted.includes(name))).toEqual([]);
  });

  it('copies every folder that the build reads', () => {
    const [, list = ''] = /const sourceFolders = \[([^\]]+)\]/u.exec(text('scripts/build.js')) ?? [];
    const folders = [...list.matchAll(/'([a-z]+)'/gu)]
      .map(([, name]) => name)
      .filter((name) => name !== 'bench');

    expect(folders.filter((name) => !dockerfile.includes(`COPY ${String(name)} `))).toEqual([]);
  });

  it('runs as somebody who is not root, with keys that the program reads and a health check on its port', () => {
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
    const [env = ''] = last.filter((line) => line.startsWith('ENV '));
    const keys = [...env.matchAll(/([A-Z_]+)=/gu)].map(([, key]) => key).filter((key) => key !== 'NODE_ENV');

    expect(last.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
    expect(keys.filter((key) => !configKeys.includes(String(key)))).toEqual([]);
    expect(last.find((line) => line.startsWith('EXPOSE '))).toBe('EXPOSE 8787');
    expect(last.find((line) => line.startsWith('HEALTHCHECK '))).toContain("process.env.PORT + '/healthz'");
    expect(last.at(-1)).toContain('/app/dist/main.js');
  });
});

describe('compose.yaml', () => {
  it('has two replicas on one replica set, that wait for it, each with a key folder and a port of its own', () => {
    expect(bots).toHaveLength(2);
    for (const [name, bot] of bots) {
      expect(bot.environment?.['MONGODB_URI']).toBe('mongodb://mongo:27017/countersign?replicaSet=rs0');
      expect(bot.depends_on).toEqual({ mongo: { condition: 'service_healthy' } });
      expect(bot.volumes).toEqual(['./config:/config:ro', `${name}:/data`]);
      expect(bot.read_only).toBe(true);
    }
    expect(bots.map(([, bot]) => bot.ports)).toEqual([['127.0.0.1:8787:8787'], ['127.0.0.1:8788:8787']]);
    expect(compose.services['mongo']?.healthcheck?.test.join(' ')).toContain('rs.initiate');
  });

  it('names volumes that it declares and keys that are documented', () => {
    const named = Object.values(compose.services)
      .flatMap((entry) => entry.volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((volume) => !volume.startsWith('.'));
    const keys = bots.flatMap(([, bot]) => Object.keys(bot.environment ?? {}));

    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
    expect(keys.filter((key) => !documented.includes(`${key}=`))).toEqual([]);
  });
});
