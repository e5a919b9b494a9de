/** The story of docs/discord.md, told by the real app against the local Discord: a page for each picture of the guide. */
import { createPeople } from '../../src/people/create-people.ts';
import { aCompanyWorld } from '../builders/company-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlowClock } from '../builders/slow-clock.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { Outcome } from '../fakes/discord/interactions.ts';
import { renderDiscordPage } from '../fakes/discord/render-page.ts';
import type { DiscordPart } from '../fakes/discord/render-page.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import { shownCode } from './shown-code.ts';
import type { Pages } from './take-pictures.ts';

const guild = '100000000000000001';
const channel = '110000000000000001';
/** There is no people.yaml yet. */
const nobody = createPeople({ isDemonstration: false, persons: [], roles: [], channels: [] });

export async function discordPages(): Promise<Pages> {
  const clock = aSlowClock(new Date('2026-11-27T10:42:00.000Z'));
  const fake = await aFakeDiscord({ guild, finance: channel });
  const world = await aCompanyWorld({ clock, people: nobody, discord: fake });
  const pages: Record<string, string> = {};
  const page = (name: string, shows: readonly DiscordPart[], place = '#finance'): void => {
    pages[`discord-${name}`] = renderDiscordPage({ state: fake.state, place, shows });
  };
  const [ana, ben, cho] = [
    fake.user('200000000000000001', 'Ana'),
    fake.user('200000000000000002', 'Ben'),
    fake.user('200000000000000003', 'Cho'),
  ];
  // Cards, then the ledger's lines, then answers: lines are posted beside the card, and either may be first.
  const rank = (message: FakeMessage): number =>
    message.components.some(({ type }) => type === 17) ? 0 : /^-# \\?#\d/u.test(wordsOf(message)) ? 1 : 2;
  const thread = (of: FakeMessage): readonly FakeMessage[] =>
    fake.shown(of.id).toSorted((one, other) => rank(one) - rank(other));
  const shown = (messages: readonly FakeMessage[]): readonly DiscordPart[] =>
    messages.map((message) => ({ kind: 'message', message }));
  const reads = (of: FakeMessage, words: string): Promise<true> =>
    eventually(
      () => (thread(of).some((message) => wordsOf(message).includes(words)) ? true : undefined),
      20_000,
    );

  try {
    const code = (await world.app.offerSetup()) ?? '';
    const commands = [
      ['setup', `${code} Cho`, `${shownCode} Cho`],
      ['people', 'add ana discord 200000000000000001 name Ana'],
      ['people', 'add ben discord 200000000000000002 role approver role finance name Ben'],
    ] as const;
    const setUp: DiscordPart[] = [];
    for (const [name, details, typed = details] of commands) {
      const answer = said(await cho.command(`countersign ${name}`, { details }, channel));
      setUp.push(
        { kind: 'typed', by: 'Cho', text: `/countersign ${name} details: ${typed}` },
        ...shown([answer]),
      );
    }
    page('setup', setUp);

    const asked = ana.mention(channel, 'refund invoice 1042, 120 USD, it arrived broken');
    const card = await eventually(
      () => thread(asked).find((message) => buttonsOf(message).includes('Approve')),
      20_000,
    );
    const refusal = said(await ana.press(card, 'Approve'));
    await reads(asked, 'asked finance');
    await reads(asked, 'waiting for finance');
    page('asked', shown([asked, ...thread(asked), refusal]));

    const deny = formOf(await ben.press(card, 'Deny…'));
    const edit = formOf(await ben.press(card, 'Edit…'));
    page('forms', [deny, edit], 'Ben presses «Deny…», or «Edit…»');

    await ben.press(card, 'Approve');
    await eventually(() => {
      const labels = thread(asked).flatMap(buttonsOf);
      return labels.includes('Helpful') && !labels.some((label) => /Stop|Approve/u.test(label))
        ? true
        : undefined;
    }, 20_000);
    await reads(asked, 'done billing/refund');
    page('done', shown(thread(asked).slice(1)));
    return pages;
  } finally {
    await world.close();
  }
}

function said(outcome: Outcome): FakeMessage {
  if (outcome.kind !== 'said') throw new Error(`Nothing was said: ${JSON.stringify(outcome)}`);
  return outcome.message;
}

function formOf(outcome: Outcome): DiscordPart {
  if (outcome.kind !== 'form') throw new Error(`No form opened: ${JSON.stringify(outcome)}`);
  return { kind: 'form', form: outcome.form };
}
