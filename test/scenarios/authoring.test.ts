import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
// The build script is plain JavaScript; this is the one function of it that tests need.
import { buildIfNeeded } from '../../scripts/build.js';
import { checkWorkflows } from '../../src/check-workflows.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { aFolder, botAt, eventually, removeFolder, textOf } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';

/** One checkout for all that is built from it. */
let checkout: string | undefined;

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
afterAll(() => {
  if (checkout !== undefined) removeFolder(checkout);
});

/** What a fresh checkout holds after `npm ci` and a build of the same sources, as far as it is needed. */
async function builtCheckout(): Promise<string> {
  if (checkout !== undefined) return checkout;
  await buildIfNeeded();
  const folder = aFolder();
  checkout = folder;
  const parts =
    'src adapters workflows servers bin scripts defaults dist docs test/builders test/fakes package.json package-lock.json jest.config.js tsconfig.json manifest.yml';
  for (const part of parts.split(' ')) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(
    dirname(dirname(fileURLToPath(import.meta.resolve('zod/package.json')))),
    join(folder, 'node_modules'),
  );
  return folder;
}

describe('given a fresh checkout and the page «Your first workflow»', () => {
  it('when its commands are run as they stand, then a gated workflow is there and its test passes', async () => {
    const folder = await builtCheckout();
    const page = readFileSync(join(root, 'docs/workflows.md'), 'utf8');
    const commands = [...page.matchAll(/```sh\n(.*?)```/gsu)].map(([, text = '']) => text.trim());
    await run('npm', ['run', '--silent', 'build'], { cwd: folder });
    const outputs: string[] = [];

    for (const command of commands) {
      const { stdout, stderr } = await run('sh', ['-ec', command], { cwd: folder });
      outputs.push(stdout + stderr);
    }

    expect(commands).toHaveLength(2);
    expect(outputs[0]).toContain('made workflows/parking-permit.ts');
    expect(outputs[1]).toMatch(/Tests: +3 passed, 3 total/u);
    expect(readFileSync(join(folder, 'workflows/index.ts'), 'utf8')).toContain(
      '\n  parkingPermitWorkflow,\n];\n',
    );
    const again = run('npx', ['countersign', 'new', 'workflow', 'parking-permit'], { cwd: folder });
    await expect(again).rejects.toThrow('exists already');
  }, 180_000);
});

describe('given a bot that runs from the sources by `npm run dev`', () => {
  it('when a workflow changes, then it starts anew and a waiting run goes on in it, and a mistake keeps the one before', async () => {
    const folder = await builtCheckout();
    const file = join(folder, 'workflows/refund.ts');
    const before = readFileSync(file, 'utf8');
    const dev = spawn(process.execPath, ['scripts/dev.js'], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
      },
    });
    let output = '';
    for (const stream of [dev.stdout, dev.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    const ended = new Promise((resolve) => dev.once('exit', resolve));
    const address = (start: number): Promise<string> =>
      eventually(
        () => [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/gu)][start - 1]?.[0],
        60_000,
        () => output,
      );
    try {
      const first = botAt(await address(1));
      const { body } = await first('ana').say('finance', '/refund invoice=1042 amount=20 reason=broken');
      const run = String(body.run);
      const asked = await first('ben').asked(run);

      writeFileSync(file, before.replace("title: 'Refund a customer'", "title: ''"));
      await eventually(
        () => output.includes('the version before goes on') || undefined,
        60_000,
        () => output,
      );
      expect(output).toContain('workflows/refund.ts: title: must say what it does.');
      expect((await first('ben').run(run)).status).toBe('waiting');

      writeFileSync(
        file,
        before.replace('ctx.say(answer.text)', 'ctx.say(`By the new version: ${answer.text}`)'),
      );
      const second = botAt(await address(2));
      expect((await second('ben').vote(asked, 'approve')).status).toBe(200);
      await second('ana').until(run, 'done');
      expect(textOf((await second('ana').thread(body.thread)).items)).toContain(
        'By the new version: 20.00 USD is refunded',
      );
    } finally {
      dev.kill('SIGTERM');
      await ended;
      writeFileSync(file, before);
    }
  }, 240_000);
});

describe('given definitions with mistakes', () => {
  it('when the bot starts, then each is named with file and key', () => {
    const good = {
      name: 'one',
      title: 'One',
      input: z.object({}),
      start: { mention: 'go' },
      run: () => Promise.resolve(),
    };
    // What a file may hold when nobody has checked its types.
    const bad = {
      ...good,
      name: 'two',
      title: ' ',
      input: z.string(),
      start: { mention: 'Go!' },
      run: 1,
    } as never;

    expect(() => {
      checkWorkflows([good, bad, { ...good, name: 'three' }, good]);
    }).toThrow(
      [
        'workflows/two.ts: title: must say what it does.',
        'workflows/two.ts: input: must be a z.object({ … }).',
        'workflows/two.ts: start.mention: must be small letters, digits, spaces, - and ….',
        'workflows/two.ts: run: must be a function.',
        'workflows/three.ts: start.mention: «go» is taken by workflows/one.ts. Fix: choose another.',
        'workflows/one.ts: name: «one» is taken by workflows/one.ts. Fix: choose another.',
      ].join('\n'),
    );
  });

  it.each([
    [{ titel: 'One' }, 'definition: there is no «titel» here. Known are name, title, input'],
    [{ name: 'Two' }, 'name: must be 1 to 32 of a-z, 0-9 and -'],
    [{ name: undefined }, 'name: must be a text.'],
    [{ title: 7 }, 'title: must be a text.'],
    [{ title: 'x'.repeat(81) }, 'title: must fit 80 characters.'],
    [{ input: undefined }, 'input: must be a z.object({ … }).'],
    [{ start: undefined }, 'start: must say how it starts'],
    [{ start: { comand: true } }, 'start: there is no «comand» here. Known are command, mention'],
    [{ start: { command: 'yes' } }, 'start.command: must be true or false.'],
    [{ start: { mention: 7 } }, 'start.mention: must be a text or a list of texts.'],
    [{ start: { mention: [] } }, 'start.mention: must name an opening.'],
    [{ start: { mention: ['go', '^go'] } }, 'start.mention: must be small letters'],
    [{ start: { words: 'all' } }, 'start.words: must be a function.'],
    [{ start: { webhook: 'yes' } }, 'start.webhook: must be true or a function.'],
    [{ start: { schedule: { when: 'every day 9:00' } } }, 'start.schedule.channel: must be a text.'],
    [{ whileBusy: 'wait' }, 'whileBusy: must be steer, queue or reject.'],
    [{ run: undefined }, 'run: must be a function.'],
  ])('when one holds %j, then its start ends with file and key', (wrong, says) => {
    const good = { name: 'one', title: 'One', input: z.object({}), start: {}, run: () => Promise.resolve() };

    expect(() => {
      // What a file may hold when nobody has checked its types.
      checkWorkflows([{ ...good, ...wrong } as never]);
    }).toThrow(
      new RegExp(`^workflows/\\S+(?:, entry 1)?: ${says.replaceAll(/[.^${}()]/gu, String.raw`\$&`)}`, 'u'),
    );
  });

  it('when a file exports no definition, then the list that names it is named', () => {
    expect(() => {
      // What a list may hold when nobody has checked its types.
      checkWorkflows([undefined as never]);
    }).toThrow('workflows/index.ts, entry 1: definition: must be made by defineWorkflow({ … }).');
  });

  it('when a command lacks what its input needs, then the answer says what to say', async () => {
    const permit = defineWorkflow({
      name: 'permit',
      title: 'Permit',
      input: z.object({ plate: z.string().describe('The number plate'), until: z.string().optional() }),
      start: { command: true },
      run: (ctx, { plate }) => ctx.say(`Permit for ${plate}.`),
    });
    const world = await aWorld({ workflows: [permit] });
    await world.app.start();

    const lacking = await world.say('ana', '/permit');
    await world.until(lacking.run, 'waiting');
    const whole = await world.say('ana', '/permit plate="B-X 1"');
    await world.until(whole.run, 'done');

    expect(await world.story(lacking.thread)).toContain(
      'I need more to begin: plate is missing. Nothing ran.\n- plate: The number plate\n- until (optional): until\nSay it like this: `/permit plate="…"`',
    );
    expect(await world.story(whole.thread)).toContain('Permit for B-X 1.');
    const items = (await world.app.backend.readThread(world.person('ana'), lacking.thread))?.items ?? [];
    const answer = items.flatMap(({ actions = [] }) => actions).find(({ label }) => label === 'Answer…');
    const form = await world.app.backend.findForm(world.person('ana'), answer?.id ?? '');
    expect(form?.fields.map(({ id, isRequired }) => [id, isRequired])).toEqual([['/plate', true]]);
    expect(await world.app.backend.findForm(world.person('ben'), answer?.id ?? '')).toBeUndefined();
    await world.app.backend.act(world.person('ana'), {
      action: answer?.id ?? '',
      fields: { '/plate': 'B-X 2' },
    });
    await world.until(lacking.run, 'done');
    expect(await world.story(lacking.thread)).toContain('Permit for B-X 2.');

    const second = await world.say('ana', '/permit');
    await world.until(second.run, 'waiting');
    const again = await world.app.backend.sendMessage(world.person('ana'), {
      ...{ channel: 'finance', thread: second.thread, text: '/permit plate=B-X3' },
    });
    await world.until(second.run, 'stopped');
    expect(again).toMatchObject({ kind: 'taken' });
    await eventually(
      async () => (await world.story(second.thread)).includes('Permit for B-X3.') || undefined,
    );
    await world.close();
  });
});
