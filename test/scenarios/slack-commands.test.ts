import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/commands/index.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';

const people = parsePeople(
  'people:\n' +
    '  ana: { name: Ana, roles: [operator], slack: [T01/U1] }\n' +
    '  ben: { name: Ben, roles: [approver, finance], slack: [T01/U2] }\n' +
    '  cho: { name: Cho, roles: [operator, approver], slack: [T01/U3] }\n' +
    '  eve: { name: Eve, roles: [operator] }\n',
  'people.yaml',
);

type Who = 'ana' | 'ben' | 'cho' | 'dev';

interface Line {
  readonly by: Who;
  /** After the name of the command; `RUN` is the run that waits. */
  readonly says: string;
  /** What its person reads, privately. */
  readonly answer: string | RegExp;
}

/** Of each command what it does, and what it says to words that it does not know. */
const lines: Readonly<Record<string, readonly Line[]>> = {
  approvals: [
    { by: 'ben', says: '', answer: 'One approval waits for you.' },
    { by: 'ben', says: 'zebra', answer: 'Nothing that waits for you holds these words.' },
  ],
  waits: [
    { by: 'ben', says: 'ana', answer: 'asked for this, and it waits' },
    { by: 'ben', says: 'frobnicate', answer: 'I know nobody of that name.' },
  ],
  runs: [
    { by: 'ana', says: '', answer: 'waiting for finance' },
    { by: 'ben', says: '', answer: 'Nothing of yours is running or waiting.' },
  ],
  memory: [
    { by: 'ana', says: '', answer: /remember|Nothing/u },
    { by: 'ana', says: 'frobnicate', answer: 'I do not know memory frobnicate' },
  ],
  learn: [
    { by: 'ana', says: '', answer: 'Nothing was learnt for this channel yet.' },
    { by: 'ana', says: 'frobnicate', answer: /address|link/u },
  ],
  why: [
    { by: 'ana', says: 'RUN', answer: 'made from' },
    { by: 'ana', says: 'run_frobnicate', answer: 'There is no such run of this channel.' },
  ],
  pause: [
    { by: 'ana', says: 'RUN to look', answer: /paused/iu },
    { by: 'ana', says: '', answer: 'Say which run: pause run_…' },
  ],
  resume: [
    { by: 'ana', says: 'RUN', answer: /go(es)? on/iu },
    { by: 'ana', says: '', answer: 'Say which run: resume run_…' },
  ],
  retry: [{ by: 'ana', says: '', answer: 'Say which run: retry run_…' }],
  leave: [{ by: 'ana', says: '', answer: 'Say which run: leave run_…' }],
  follow: [
    { by: 'ben', says: 'RUN', answer: 'You follow this run' },
    { by: 'ana', says: '', answer: 'You follow no run.' },
  ],
  mute: [
    { by: 'ben', says: 'for 2h', answer: 'I write nothing to you for 2 h' },
    { by: 'ben', says: 'frobnicate', answer: 'Say what: mute run_…' },
    { by: 'ben', says: 'off', answer: 'Nothing is muted any more.' },
  ],
  quiet: [
    { by: 'ben', says: '', answer: 'You have no quiet hours.' },
    { by: 'ben', says: 'frobnicate', answer: 'I do not understand these hours.' },
    { by: 'ben', says: '22:00-7:00 Europe/Berlin', answer: 'Your quiet hours' },
  ],
  grants: [{ by: 'ana', says: '', answer: 'No grants are live.' }],
  schedule: [
    { by: 'ana', says: '"every weekday 9:00" daily-digest of #general', answer: /daily-digest/u },
    { by: 'ana', says: 'list', answer: /daily-digest/u },
    { by: 'ana', says: 'frobnicate', answer: 'Say it like this' },
  ],
  digest: [
    { by: 'cho', says: '', answer: 'You get no digest of your own.' },
    { by: 'cho', says: 'frobnicate', answer: 'I do not understand «frobnicate».' },
    { by: 'cho', says: 'daily 8:00', answer: 'Your digest comes in your direct messages on Slack' },
    { by: 'cho', says: 'off', answer: 'Your digest comes no more.' },
  ],
  drill: [{ by: 'ana', says: 'frobnicate', answer: /drill/u }],
  away: [
    { by: 'ben', says: '', answer: 'Nobody is away.' },
    { by: 'ben', says: 'frobnicate', answer: /until/u },
    { by: 'ben', says: 'until DAY delegate @cho', answer: 'Cho decides' },
  ],
  back: [{ by: 'ben', says: '', answer: 'Welcome back.' }],
  link: [
    { by: 'ana', says: '', answer: 'code' },
    { by: 'ana', says: 'AAAA-0000', answer: /Nothing was linked/u },
  ],
  unlink: [{ by: 'ana', says: '', answer: 'Write the platform and the account' }],
  people: [
    { by: 'ana', says: '', answer: 'Ben (ben): approver, finance' },
    { by: 'ana', says: 'frobnicate', answer: 'I know people with' },
    { by: 'ana', says: 'token', answer: /token/u },
  ],
  policy: [
    { by: 'ana', says: 'books/pay', answer: '1 of finance' },
    { by: 'ana', says: 'frobnicate', answer: 'Say which tool' },
    { by: 'ana', says: 'books/frobnicate', answer: /books\/frobnicate|default/u },
  ],
  setup: [{ by: 'ana', says: 'frobnicate', answer: /operator|code/u }],
  stop: [
    { by: 'ana', says: '', answer: 'Say which run: stop run_…' },
    { by: 'ana', says: 'RUN', answer: 'Stopped' },
  ],
  freeze: [
    { by: 'dev', says: 'for fun', answer: 'I do not know you yet' },
    { by: 'cho', says: 'suspicious mails', answer: /frozen/iu },
  ],
  'break-glass': [{ by: 'ana', says: '', answer: 'suspicious mails' }],
  unfreeze: [{ by: 'cho', says: '', answer: /unfroz|over|again/iu }],
};

describe('given the commands of /countersign on Slack', () => {
  let bot: SlackWorld;
  let run = '';
  beforeAll(async () => {
    bot = await aSlackWorld({ people });
    const asked = bot.ana.mention('C1', 'pay acme 120');
    await bot.card(asked.ts);
    run = (await bot.world.app.store.runs.list({ limit: 1 }))[0]?.id ?? '';
  }, 60_000);
  afterAll(() => bot.close(), 60_000);

  /** What the person reads in answer, and nobody else. */
  async function answers(who: Who, text: string, wanted: string | RegExp): Promise<SeenMessage> {
    const privately = (): readonly SeenMessage[] =>
      bot[who].sees('C1').filter((message) => message.isEphemeral);
    const before = privately().length;
    const holds = (shown: SeenMessage): boolean => {
      const words = shown.text.replaceAll('`', '');
      return typeof wanted === 'string' ? words.includes(wanted) : wanted.test(words);
    };
    const delivery = await bot[who].command('/countersign', text, 'C1');
    expect([text, delivery.outcome]).toEqual([text, 'acknowledged']);
    const since = (): readonly SeenMessage[] => privately().slice(before);
    const answer = await eventually(
      () => since().find(holds),
      5_000,
      () =>
        `${text}: ${since()
          .map((one) => one.text)
          .join('\n')}`,
    );
    const others = (['ana', 'ben', 'cho', 'dev'] as const).filter((one) => one !== who);
    for (const other of others) expect(bot[other].sees('C1').map(({ ts }) => ts)).not.toContain(answer.ts);
    return answer;
  }

  it('then each is tried here', () => {
    expect(Object.keys(lines).toSorted()).toEqual(commands.map(({ name }) => name).toSorted());
  });

  const order = Object.entries(lines).flatMap(([name, tried]) => tried.map((line) => ({ name, ...line })));
  it.each(order)(
    'when $by writes «$name $says», then the answer is private',
    async ({ name, by, says, answer }) => {
      const day = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10);
      await answers(by, `${name} ${says}`.replace('RUN', run).replace('DAY', day), answer);
    },
  );

  it('when it is none of them, then all of them are named, and nothing was refused or pinged', async () => {
    const help = await answers('ana', '<!channel> frobnicate', 'There is no command');
    for (const { name } of commands) expect(help.text).toContain(`/countersign ${name}`);
    expect(help.text).toContain('/refund');
    await answers('ben', 'HELP', '/countersign approvals');
    expect(bot.fake.pings().map(({ target }) => target)).toEqual(['U2']);
    expect(bot.fake.calls().filter(({ answer }) => answer?.['ok'] === false)).toEqual([]);
  });
});
