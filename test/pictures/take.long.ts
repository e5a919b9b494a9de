/** `npm run docs:pictures`: tells the guides' stories and takes their pictures into docs/pictures. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { discordPages } from './discord-pictures.ts';
import { slackPages } from './slack-pictures.ts';
import { takePictures } from './take-pictures.ts';

const folder = 'docs/pictures';

it('takes the pictures of the guides', async () => {
  const pages = { ...(await slackPages()), ...(await discordPages()) };
  const taken = await takePictures(folder, pages);

  const names = taken.map(({ name }) => `${name}.png`);
  for (const file of readdirSync(folder)) if (!names.includes(file)) rmSync(join(folder, file));
  process.stdout.write(taken.map(({ name, bytes }) => `${name}: ${String(bytes)} bytes\n`).join(''));
  expect(taken.filter(({ bytes }) => bytes > 80 * 1024)).toEqual([]);
}, 300_000);
