/**
 * Retry from a step, pause, resume and stop, each by command, by button and by the API, on every surface: recorded with
 * who and why, done once, refused to whoever has no say. What was sent is never sent again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createMetrics } from '../../src/api/metrics.ts';
import { createHttpServer } from '../../src/api/server.ts';
import { systemClock } from '../../src/core/clock.ts';
import { sha256 } from '../../src/core/hash.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { foldStream } from '../../src/ledger/fold.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { foldRun } from '../../src/runs/fold-run.ts';
import { emptyRun } from '../../src/runs/run-state.ts';
import type { RunState } from '../../src/runs/run-state.ts';
import { discordDefinition, finance } from '../builders/discord-world.ts';
import { aWorkflow } from '../builders/errands.ts';
import { eventually } from '../builders/running-bot.ts';
import { slackDefinition } from '../builders/slack-world.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';

type Verb = 'retry' | 'pause' | 'resume' | 'stop';
type SurfaceName = 'console' | 'slack' | 'discord';
interface Asked {
  readonly run: string;
  readonly thread: string;
  readonly verb: Verb;
  /** Undefined where this way does not ask for one. */
  readonly reason?: string;
  readonly step?: string;
}

const people = parsePeople(
  [
    'people:',
    ...['ana', 'ben', 'cho', 'dev'].map(
      (id, index) =>
        `  ${id}: { name: ${id}, roles: [${id === 'ben' ? 'approver, finance' : ''}], slack: [T01/U${String(index + 1)}], discord: ["200${String(index + 1)}"], tokenSha256: [${sha256(`token-${id}`)}] }`,
    ),
    '',
  ].join('\n'),
  'people.yaml',
);
const slackIds: Readonly<Record<string, string>> = { ana: 'U1', dev: 'U4' };
const discordIds: Readonly<Record<string, string>> = { ana: '2001', dev: '2004' };

let isBroken = true;
const ran: string[] = [];
const errand = aWorkflow(async (ctx) => {
  await ctx.step('first', () => ran.push('first'));
  await ctx.tool('note', 'books/note', { text: 'sent once' });
  await ctx.step(
    'second',
    () => {
      ran.push('second');
      if (isBroken) throw new Error('broken');
      return true;
    },
    { attempts: 1 },
  );
  await ctx.sleep('rest', { days: 1 });
});

let slack: FakeSlack;
let discord: FakeDiscord;
let world: World;
let server: ReturnType<typeof createHttpServer>;
let url = '';
beforeAll(async () => {
  [slack, discord] = await Promise.all([createFakeSlack({ mode: 'socket' }), aFakeDiscord()]);
  const adapters = [slackDefinition(slack, 'socket', []), discordDefinition(discord, [])];
  world = await aWorld({ people, adapters, workflows: [errand] });
  server = createHttpServer({
    ...{ backend: world.app.backend, mcp: world.app.mcp, host: '127.0.0.1', port: 0, pagesDir: '' },
    ...{ logger: silentLogger, clock: systemClock, metrics: createMetrics(), extraRoutes: [] },
  });
  ({ url } = await server.start());
  await world.app.start();
}, 30_000);
afterAll(async () => {
  await server.stop();
  await world.close();
  await Promise.all([slack.close(), discord.close()]);
}, 30_000);

/** Ana starts it there. */
const starts: Readonly<Record<SurfaceName, () => Promise<unknown>>> = {
  console: () => world.say('ana', '/errand'),
  slack: () => slack.user('U1').command('/errand', 'please', 'C1'),
  discord: () => discord.user('2001', 'ana').command('errand', { request: 'please' }, finance),
};

/** What a person does on each surface in each way; resolves with what he reads, where he reads it at once. */
const byCommand: Readonly<Record<SurfaceName, (by: string, asked: Asked) => Promise<unknown>>> = {
  console: (by, asked) => world.command(by, 'finance', `${asked.verb} ${wordsFor(asked)}`),
  slack: (by, asked) =>
    slack.user(slackIds[by] ?? '').command('/countersign', `${asked.verb} ${wordsFor(asked)}`, 'C1'),
  discord: (by, asked) =>
    discord
      .user(discordIds[by] ?? '', by)
      .command(`countersign ${asked.verb}`, { details: wordsFor(asked) }, finance),
};

function wordsFor({ run, step, reason = '' }: Asked): string {
  return `${run} ${step === undefined ? '' : `from: ${step} `}${reason}`.trim();
}

const labels: Readonly<Record<Verb, string>> = {
  retry: 'Try again from…',
  pause: 'Pause…',
  resume: 'Go on',
  stop: 'Stop this run',
};

const byButton: Readonly<Record<SurfaceName, (by: string, asked: Asked) => Promise<unknown>>> = {
  async console(by, { thread, verb, reason, step }) {
    const person = world.person(by);
    const action = await eventually(async () =>
      (await world.app.backend.readThread(person, thread))?.items
        .flatMap(({ actions }) => actions ?? [])
        .find(({ label }) => label === labels[verb]),
    );
    const form = await world.app.backend.findForm(person, action.id);
    return world.app.backend.act(person, {
      action: action.id,
      ...(form === undefined
        ? { text: reason ?? '' }
        : { fields: { step: step ?? '', reason: reason ?? '' } }),
    });
  },
  async slack(by, { thread, verb, reason = '', step = '' }) {
    const user = slack.user(slackIds[by] ?? '');
    const ts = thread.slice(thread.lastIndexOf('/') + 1);
    const post = await eventually(() =>
      slack
        .channel('C1')
        .thread(ts)
        .find((message) => message.labels.includes(labels[verb])),
    );
    await user.press(post, labels[verb]);
    if (verb !== 'retry' && verb !== 'pause') return;
    const form = await eventually(() => user.modal());
    const values = verb === 'pause' ? { text: reason } : { 'From which step': step, Why: reason };
    expect((await user.submit(form, values)).errors).toEqual({});
  },
  async discord(by, { thread, verb, reason = '', step = '' }) {
    const user = discord.user(discordIds[by] ?? '', by);
    const post = await eventually(() =>
      discord
        .shown(thread.slice(thread.lastIndexOf('/') + 1))
        .find((message) => buttonsOf(message).includes(labels[verb])),
    );
    const pressed = await user.press(post, labels[verb]);
    if (verb === 'pause') await user.submitModal(reason);
    else if (verb === 'stop' && pressed.kind === 'said') await user.press(pressed.message, labels.stop);
    else if (verb === 'retry' && pressed.kind === 'form') {
      const [from, why] = pressed.form.components.map(({ component }) => component);
      const listed = z.array(z.object({ label: z.string(), value: z.string() })).parse(from?.['options']);
      const chosen = listed.find(({ label }) => label === step)?.value ?? '';
      await user.submitModal({ [from?.custom_id ?? '']: chosen, [why?.custom_id ?? '']: reason });
    }
  },
};

async function byApi(by: string, { run, verb, reason, step }: Asked): Promise<Response> {
  return fetch(`${url}/api/v1/runs/${run}/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer token-${by}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason, ...(step !== undefined && { step }) }),
  });
}

async function stateOf(run: string): Promise<RunState> {
  const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
  return foldStream(commits, emptyRun(asRunId(run)), foldRun);
}

async function begun(surface: SurfaceName): Promise<{ readonly run: string; readonly thread: string }> {
  const known = new Set((await world.app.store.runs.list({ limit: 50 })).map(({ id }) => id));
  isBroken = true;
  ran.length = 0;
  world.sent.length = 0;
  await starts[surface]();
  const row = await eventually(async () =>
    (await world.app.store.runs.list({ limit: 50 })).find(
      ({ id, status }) => !known.has(id) && status === 'parked',
    ),
  );
  isBroken = false;
  return { run: row.id, thread: row.thread };
}

async function until(run: string, isIt: (state: RunState) => boolean): Promise<RunState> {
  let last: RunState | undefined;
  return eventually(
    async () => {
      last = await stateOf(run);
      return isIt(last) ? last : undefined;
    },
    20_000,
    () => JSON.stringify([last?.status, last?.parked, last?.operated]),
  );
}

const cells = [
  ['console', 'command', byCommand.console, true],
  ['console', 'button', byButton.console, true],
  ['console', 'API', byApi, true],
  ['slack', 'command', byCommand.slack, true],
  // A plain button and one that only asks «are you sure» take no reason.
  ['slack', 'button', byButton.slack, false],
  ['discord', 'command', byCommand.discord, true],
  ['discord', 'button', byButton.discord, false],
] as const;

describe.each(cells)('given a run on %s, operated by %s', (surface, _way, operate, isAlwaysAsked) => {
  it('when it is tried again from a step, paused, let go on and stopped, then each is done and recorded', async () => {
    const { run, thread } = await begun(surface);
    const why = (reason: string): Pick<Asked, 'reason'> => (isAlwaysAsked ? { reason } : {});

    await operate('ana', { run, thread, verb: 'retry', step: 'first', reason: 'it is mended' });
    await until(run, ({ status }) => status === 'waiting');
    await operate('ana', { run, thread, verb: 'pause', reason: 'audit at noon' });
    await until(run, ({ status, parked }) => status === 'parked' && parked?.by !== undefined);
    await operate('ana', { run, thread, verb: 'resume', ...why('audit is over') });
    await until(run, ({ status }) => status === 'waiting');
    await operate('ana', { run, thread, verb: 'stop', ...why('not needed') });
    const over = await until(run, ({ status }) => status === 'stopped');

    expect(over.operated.map(({ by, what, reason }) => [by, what, reason])).toEqual([
      ['ana', 'let the run try again from first', 'it is mended'],
      ['ana', 'paused the run', 'audit at noon'],
      ['ana', 'let the run go on', isAlwaysAsked ? 'audit is over' : ''],
    ]);
    expect(over.stopped).toMatchObject({ by: 'ana', reason: isAlwaysAsked ? 'not needed' : '' });
    expect(ran).toEqual(['first', 'second', 'first', 'second']);
    expect(world.sent).toHaveLength(1);
  });
});

describe('given a run that is parked', () => {
  it.each(['console', 'slack', 'discord'] as const)(
    'when somebody without a say uses its buttons or commands on %s, then nothing changes',
    async (surface) => {
      const { run, thread } = await begun(surface);
      const before = await stateOf(run);

      for (const verb of ['retry', 'pause', 'resume', 'stop'] as const)
        await byCommand[surface]('dev', { run, thread, verb, reason: 'mine' });
      await byButton[surface]('dev', { run, thread, verb: 'stop' });
      if (surface === 'console') {
        const answer = await byApi('dev', { run, thread, verb: 'stop' });
        expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('Only ana')]);
      }

      expect(await stateOf(run)).toEqual(before);
      await byCommand[surface]('ana', { run, thread, verb: 'stop' });
      await until(run, ({ status }) => status === 'stopped');
    },
  );

  it('when the same is done twice, or after its end, then it is done once and the second reads why', async () => {
    const { run, thread } = await begun('console');
    const status = async (verb: Verb, step?: string): Promise<number> =>
      (await byApi('ana', { run, thread, verb, ...(step !== undefined && { step }) })).status;

    const unknownStep = await byApi('ana', { run, thread, verb: 'retry', step: 'third' });
    const retried = [await status('retry'), await status('pause'), await status('pause')];
    const resumed = [await status('resume'), await status('resume')];
    const stopped = [await status('stop')];
    await until(run, (state) => state.status === 'stopped');
    const late = await Promise.all(
      (['retry', 'pause', 'resume', 'stop'] as const).map((verb) => status(verb)),
    );
    const said = await byCommand.console('ana', { run, thread, verb: 'retry', step: 'first' });

    expect([unknownStep.status, await unknownStep.text()]).toEqual([
      422,
      expect.stringContaining('no recorded step \\"third\\". It has: first, second'),
    ]);
    expect([retried, resumed, stopped, late]).toEqual([
      [200, 200, 200],
      [200, 409],
      [200],
      [409, 409, 409, 409],
    ]);
    expect(said).toBe('This run is over.');
    const { operated } = await stateOf(run);
    expect(operated.map(({ what }) => what)).toEqual([
      'let the run try again',
      'paused the run',
      'let the run go on',
    ]);
  });

  it('when its code answers otherwise on a retry, then a call that was sent is held, not sent anew', async () => {
    let answer = 'old';
    const other = aWorkflow(async (ctx) => {
      const text = await ctx.step('look', () => answer);
      await ctx.tool('note', 'books/note', { text });
      await ctx.step('fail', () => Promise.reject(new Error('broken')), { attempts: 1 });
    }, 'other');
    const beside = await aWorld({ workflows: [other] });
    await beside.app.start();
    const { run } = await beside.say('ana', '/other');
    await beside.until(run, 'parked');

    answer = 'new';
    await beside.command('ana', 'finance', `retry ${run} from: look`);
    const held = await eventually(async () => {
      const ledger = JSON.stringify(await beside.app.backend.readLedger(beside.person('ana'), run));
      return ledger.includes('a new key') ? (await beside.until(run, 'parked')).status : undefined;
    });
    await beside.close();

    expect(held).toBe('parked');
    expect(beside.sent.map(({ argsJson }) => argsJson)).toEqual(['{"text":"old"}']);
  });
});
