/** The people: they ask on every surface, decide, and look into the company's books when nobody knows what happened. */
import type { ApprovalJson, OutcomeJson } from '../../../src/api/shapes.ts';
import { buttonsOf } from '../../fakes/discord/fake-discord.ts';
import type { FakePerson } from '../../fakes/discord/persons.ts';
import { seeMessage } from '../../fakes/slack/seen.ts';
import type { RunningBot } from '../running-bot.ts';
import type { Books } from './books.ts';
import { pause } from './options.ts';
import type { Processes } from './processes.ts';
import type { Request } from './request.ts';
import { slackRooms } from './setup.ts';
import type { Surroundings } from './setup.ts';

export interface Crowd {
  /** So many of the requests may be made by now. */
  due: number;
  work(isOver: () => boolean): Promise<void>;
  /** Everything that is due was said and, on the console, taken; and Slack tries to deliver none of it any more. */
  isHeard(): boolean;
}

const answerWithinMs = 5_000;
/** More are not asked for while so many are still open. */
const openAtOnce = 48;
const mayTakeMs = 120_000;
const finance = '1100';

/** Undefined when it takes too long: the process may be stopped. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const tooLong = new AbortController();
  try {
    return await Promise.race([work.catch(() => undefined), pause(ms, tooLong.signal).then(() => undefined)]);
  } finally {
    tooLong.abort();
  }
}

export function createCrowd(
  processes: Processes,
  around: Surroundings,
  wanted: readonly Request[],
  books: Books,
  count: (what: string) => void,
): Crowd {
  const { slack, discord } = around;
  const people = { ana: discord.user('2001', 'Ana'), ben: discord.user('2002', 'Ben') };
  const byAmount = new Map(wanted.map((request) => [`${request.tool} ${String(request.amount)}`, request]));
  /** Whose call an approval asked about. */
  const byRun = new Map<string, Request>();
  const pressing = new Set<string>();
  let due = 0;
  let nextRoom = 0;

  // Their own dice: how fast people are must not change which faults come.
  const dice = (): number => Math.random();
  const any = (): RunningBot | undefined => {
    const bots = processes.live();
    return bots[Math.floor(dice() * bots.length)];
  };
  /** Two of them, sometimes the same one, get what a careful person does once. */
  const oneOrTwo = (): readonly RunningBot[] =>
    [any(), ...(dice() < 0.3 ? [any()] : [])].flatMap((bot) => bot ?? []);

  async function sayOnConsole(request: Request): Promise<void> {
    const bots = oneOrTwo();
    if (bots.length > 1) count('message twice');
    const answers = await Promise.all(
      bots.map((bot) =>
        within(answerWithinMs, bot.as('ana').say('finance', request.text, { id: request.id })),
      ),
    );
    for (const answer of answers) {
      if (answer?.status !== 200 || answer.body.run === undefined) {
        count('message not acknowledged');
        continue;
      }
      if (request.run !== undefined && request.run !== answer.body.run)
        throw new Error(`${request.id} became ${request.run} and ${answer.body.run}.`);
      request.run = answer.body.run;
      request.isAcknowledged = true;
    }
  }

  function sayOnSlack(request: Request): void {
    nextRoom = (nextRoom + 1) % slackRooms.length;
    const said = slack.user('U1').mention(slackRooms[nextRoom] ?? 'C1', request.text);
    request.thread = said.ts;
    request.isOnItsWay = true;
    void Promise.allSettled(said.deliveries.map(({ settled }) => settled)).then(() => {
      request.isOnItsWay = false;
    });
    for (const delivery of said.deliveries) {
      void delivery.settled.then(({ outcome }) => {
        if (outcome !== 'acknowledged') return;
        request.isAcknowledged = true;
        if (dice() < 0.2) {
          count('slack: event twice');
          slack.deliveries.repeat(delivery);
        }
      });
    }
  }

  /** Discord acknowledges nothing: what it shows is there to be read, so nothing of it may be lost. */
  function sayOnDiscord(request: Request): void {
    request.thread = people.ana.mention(finance, request.text).id;
    request.isAcknowledged = true;
    if (dice() < 0.2) {
      count('discord: event twice');
      discord.gateway.repeat();
    }
  }

  async function send(request: Request): Promise<void> {
    request.saidAt ||= Date.now();
    if (request.place === 'console') await sayOnConsole(request);
    else if (request.thread === undefined) (request.place === 'slack' ? sayOnSlack : sayOnDiscord)(request);
  }

  async function vote(approval: ApprovalJson, request: Request | undefined): Promise<void> {
    const votes = oneOrTwo().map((at, index) =>
      within(answerWithinMs, at.as(index === 0 ? 'ben' : 'cho').vote(approval, 'approve')),
    );
    const answers = await Promise.all(votes);
    if (request !== undefined && answers.some((answer) => answer?.status === 200))
      request.votedAt = Date.now();
  }

  /** Presses the card in the thread; false when there is none yet. */
  async function pressOnSlack(thread: string): Promise<boolean> {
    for (const message of slack.workspace.messages) {
      if (message.threadTs !== thread || message.isDeleted) continue;
      const card = seeMessage(slack.workspace, message);
      if (!card.labels.includes('Approve')) continue;
      await within(answerWithinMs, slack.user('U2').press(card, 'Approve'));
      if (dice() < 0.2) await within(answerWithinMs, slack.user('U2').press(card, 'Approve'));
      return true;
    }
    return false;
  }

  async function pressOnDiscord(thread: string, ben: FakePerson): Promise<boolean> {
    const card = discord.shown(thread).find((message) => buttonsOf(message).includes('Approve'));
    if (card === undefined) return false;
    await within(answerWithinMs, ben.press(card, 'Approve'));
    return true;
  }

  async function decide(approval: ApprovalJson): Promise<void> {
    const amount = Number(approval.arguments['amount']);
    const request = byAmount.get(`${approval.tool} ${String(amount)}`);
    if (request === undefined || pressing.has(approval.id)) return;
    byRun.set(approval.run, request);
    pressing.add(approval.id);
    try {
      const { thread, place } = request;
      // Some walk over to the console; all do when the card does not come.
      const isHere = thread !== undefined && dice() < 0.8 && Date.now() - request.saidAt < 90_000;
      const isPressed =
        isHere && (place === 'slack' ? await pressOnSlack(thread) : await pressOnDiscord(thread, people.ben));
      if (isPressed) request.votedAt = Date.now();
      else if (!isHere) await vote(approval, request);
    } finally {
      pressing.delete(approval.id);
    }
  }

  async function approve(): Promise<void> {
    const bot = any();
    const answer =
      bot === undefined
        ? undefined
        : await within(
            answerWithinMs,
            bot.as('ben').get<{ items?: readonly ApprovalJson[] }>('/approvals?state=pending'),
          );
    await Promise.all((answer?.body.items ?? []).map(decide));
  }

  async function settle(): Promise<void> {
    const bot = any();
    if (bot === undefined) return;
    const answer = await within(
      answerWithinMs,
      bot.as('ben').get<{ items?: readonly OutcomeJson[] }>('/outcomes'),
    );
    for (const { run, card } of answer?.body.items ?? []) {
      const request = byRun.get(run);
      if (request === undefined) continue;
      readBooks();
      const [happened, askAgain] = card.actions;
      const action = books.count(request.tool, request.amount) > 0 ? happened : askAgain;
      if (action !== undefined) await within(answerWithinMs, bot.as('ben').press(action.id));
    }
  }

  function readBooks(): void {
    books.readOn((tool, amount) => {
      const request = byAmount.get(`${tool} ${String(amount)}`);
      if (request !== undefined) request.effectAt ??= Date.now();
    });
  }

  /** What has no effect after so long may have ended without one: a tool did not answer. It keeps nobody from asking. */
  const isOpen = (request: Request): boolean =>
    request.saidAt > 0 && request.effectAt === undefined && Date.now() - request.saidAt < mayTakeMs;
  const isUnsaid = ({ place, isAcknowledged, saidAt }: Request): boolean =>
    place === 'console' ? !isAcknowledged : saidAt === 0;

  let nextUnsaid = 0;
  return {
    get due() {
      return due;
    },
    set due(value) {
      due = value;
    },
    isHeard: () => !wanted.slice(0, due).some((request) => isUnsaid(request) || request.isOnItsWay),
    async work(isOver) {
      let settledAt = 0;
      while (!isOver()) {
        readBooks();
        const open = wanted.filter(isOpen).length;
        while (nextUnsaid < due) {
          const request = wanted[nextUnsaid];
          if (request === undefined || isUnsaid(request)) break;
          nextUnsaid += 1;
        }
        const next = wanted.slice(nextUnsaid, due).filter(isUnsaid);
        const isTimeToSettle = Date.now() - settledAt > 1_000;
        if (isTimeToSettle) settledAt = Date.now();
        await Promise.all([
          ...next.slice(0, Math.max(0, Math.min(12, openAtOnce - open))).map(send),
          approve(),
          ...(isTimeToSettle ? [settle()] : []),
        ]);
        await pause(100);
      }
      readBooks();
    },
  };
}
