/** The story of docs/slack.md, told by the real app against the local Slack: a page for each picture of the guide. */
import { aCompanyWorld } from '../builders/company-world.ts';
import { aSlowClock } from '../builders/slow-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { createPeople } from '../../src/people/create-people.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { Person } from '../fakes/slack/person.ts';
import { renderSlackPage } from '../fakes/slack/render-page.ts';
import type { SlackPart } from '../fakes/slack/render-page.ts';
import type { SeenMessage, SeenView } from '../fakes/slack/seen.ts';
import { shownCode } from './shown-code.ts';
import type { Pages } from './take-pictures.ts';

const request = 'refund invoice 1042, 120 USD, it arrived broken';
const channel = 'C0123ABCD';
/** There is no people.yaml yet. */
const nobody = createPeople({ isDemonstration: false, persons: [], roles: [], channels: [] });

export async function slackPages(): Promise<Pages> {
  const clock = aSlowClock(new Date('2026-11-27T10:42:00.000Z'));
  const fake = await createFakeSlack({
    mode: 'socket',
    clock,
    team: { id: 'T0123ABCD', domain: 'acme' },
    users: [
      { id: 'U0123ABCD', name: 'Ana', realName: 'Ana' },
      { id: 'U0456EFGH', name: 'Ben', realName: 'Ben' },
      { id: 'U0789IJKL', name: 'Cho', realName: 'Cho' },
    ],
    channels: [{ id: channel, name: 'finance' }],
  });
  const world = await aCompanyWorld({ clock, slack: fake, people: nobody });
  const pages: Record<string, string> = {};
  const [ana, ben, cho] = [fake.user('U0123ABCD'), fake.user('U0456EFGH'), fake.user('U0789IJKL')];
  const page = (name: string, shows: readonly SlackPart[], place = '#finance'): void => {
    pages[`slack-${name}`] = renderSlackPage({ workspace: fake.workspace, place, shows });
  };
  const inThread = (thread: string): readonly SeenMessage[] => fake.channel(channel).thread(thread);
  const cardIn = (thread: string): Promise<SeenMessage> =>
    eventually(() => inThread(thread).find(({ labels }) => labels.includes('Deny…')), 20_000);
  /** Waits until the thread says so. */
  const reads = (thread: string, words: string): Promise<true> =>
    eventually(() => (inThread(thread).some(({ text }) => text.includes(words)) ? true : undefined), 20_000);
  /** Waits until the run is over, and what it says about itself stands still. */
  const settled = (thread: string): Promise<true> =>
    eventually(() => {
      const labels = inThread(thread).flatMap((message) => message.labels);
      return labels.includes('Helpful') && !labels.some((label) => /Stop|Approve/u.test(label))
        ? true
        : undefined;
    }, 20_000);
  /** What the person alone reads after doing this. */
  const told = async (person: Person, act: () => Promise<unknown>): Promise<SeenMessage> => {
    const before = person.sees(channel).filter(({ isEphemeral }) => isEphemeral).length;
    await act();
    return eventually(() => person.sees(channel).filter(({ isEphemeral }) => isEphemeral)[before]);
  };
  const form = async (person: Person, on: SeenMessage, label: string): Promise<SeenView> => {
    await person.press(on, label);
    return eventually(() => person.modal());
  };

  try {
    const code = (await world.app.offerSetup()) ?? '';
    const commands = [
      [`setup ${code} Cho`, `setup ${shownCode} Cho`],
      ['people add ana slack T0123ABCD/U0123ABCD name Ana'],
      ['people add ben slack T0123ABCD/U0456EFGH role approver role finance name Ben'],
    ] as const;
    const setUp: SlackPart[] = [];
    for (const [typed, shown = typed] of commands) {
      const answer = await told(cho, () => cho.command('/countersign', typed, channel));
      setUp.push({ kind: 'typed', by: 'Cho', text: `/countersign ${shown}` }, answer);
    }
    page('setup', setUp);

    const { ts } = ana.mention(channel, request);
    const card = await cardIn(ts);
    await told(ana, () => ana.press(card, 'Approve'));
    await reads(ts, 'asked finance');
    await reads(ts, 'waiting for finance');
    page('asked', [
      ...inOrder(fake.channel(channel).thread(ts, ana.id)),
      { kind: 'session', channel, thread: ts },
    ]);

    const deny = await form(ben, card, 'Deny…');
    await ben.closeModal();
    const edit = await form(ben, card, 'Edit…');
    await ben.closeModal();
    page('forms', [deny, edit], 'Ben presses «Deny…», or «Edit…»');

    await ben.openHome();
    const home = await eventually(() =>
      ben.home()?.text.includes('1042') === true ? ben.home() : undefined,
    );
    page('home', [home], 'Ben opens Countersign in the sidebar');

    await ben.press(card, 'Approve');
    await settled(ts);
    await reads(ts, 'done billing/refund');
    page('done', inOrder(inThread(ts).slice(2)));

    await cardIn(ana.mention(channel, 'refund invoice 1042, 60 USD, the lamp shade').ts);
    clock.advance(6.5 * 3_600_000);
    await ben.command('/daily-digest', 'of today', channel);
    // Its last message asks what people think of it.
    const last = await eventually(() =>
      fake
        .channel(channel)
        .messages()
        .findLast(({ text, labels }) => text.startsWith('Decisions') && labels.includes('Helpful')),
    );
    const digest = inThread(last.thread ?? last.ts).filter(({ text }) => text.startsWith('Digest of'));
    page('digest', [...digest, last]);
    return pages;
  } finally {
    await world.close();
  }
}

/** Cards, then the ledger's lines, then answers: lines are posted beside the card, and either may be first. */
function inOrder(messages: readonly SeenMessage[]): readonly SeenMessage[] {
  const rank = ({ text, blocks, from }: SeenMessage): number =>
    from !== 'countersign' || blocks.some(({ type }) => type === 'header') ? 0 : /^#\d/u.test(text) ? 1 : 2;
  return messages.toSorted((one, other) => rank(one) - rank(other));
}
