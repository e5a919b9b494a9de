/** What the console offers while a command is typed. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

let world: World;
beforeAll(async () => {
  world = await aWorld();
  await world.app.start();
});
afterAll(() => world.close());

const offered = async (person: string, typed: string, channel = 'finance'): Promise<readonly string[]> => {
  const found = await world.app.backend.completeCommand(world.person(person), { channel, typed });
  return (found ?? [{ value: 'no such channel', label: '' }]).map(({ value }) => value);
};

it.each([
  ['/', '/refund '],
  ['/', '/countersign '],
  ['/REF', '/refund '],
  ['/countersign ap', '/countersign approvals '],
  ['/access-request ', '/access-request system='],
  ['/access-request system=crm per', '/access-request system=crm person='],
  ['/access-request system=b', '/access-request system=billing '],
])('given «%s», when somebody types it, then «%s» is offered', async (typed, value) => {
  expect(await offered('ana', typed)).toContain(value);
});

it.each(['refund', '/refund reason="it was ', '/nothing ', '/access-request system=crm system', 'a /ref'])(
  'given «%s», when somebody types it, then nothing is offered',
  async (typed) => {
    expect(await offered('ana', typed)).toEqual([]);
  },
);

it('when a run or a channel is not for somebody, then nothing of it is offered', async () => {
  const { run } = await world.say('ana', 'pay acme 120');
  await world.pending(run);

  expect(await offered('ana', '/countersign stop ')).toEqual([`/countersign stop ${run}`]);
  expect(await offered('dev', '/countersign stop ')).toEqual([]);
  expect(await offered('dev', '/', 'board')).toEqual(['no such channel']);
});
