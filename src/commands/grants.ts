import type { Card } from '../chat/card.ts';
import { grantStateOf } from '../gate/grant-desk.ts';
import type { Grant } from '../gate/grant-state.ts';
import { termsText } from '../gate/grant-terms.ts';
import { nameChannel } from '../core/channel-token.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { CommandDefinition } from './command.ts';

const shownGrants = 10;
const shownUses = 5;

export const grants: CommandDefinition = {
  name: 'grants',
  usage: '[revoke <id>]',
  help: 'what may run without asking, by whose word, with a button that revokes it',
  async run({ grantDesk, nameOf, now }, { person }, rest) {
    const [verb = '', id = ''] = rest.trim().split(/\s+/u);
    if (verb === 'revoke') return { text: (await grantDesk.revoke(person, id)).text, cards: [] };
    const all = await grantDesk.list(person);
    const live = all.filter((grant) => grantStateOf(grant, now()) === 'live');
    const shown = [...live, ...all.filter((grant) => !live.includes(grant))].slice(0, shownGrants);
    return { text: countText(live.length), cards: shown.map((grant) => grantCard(grant, nameOf, now())) };
  },
};

function countText(count: number): string {
  if (count === 0)
    return 'No grants are live. One begins when an approver allows more than the call at hand, and stands here until it ends.';
  return count === 1 ? 'One grant is live.' : `${String(count)} grants are live.`;
}

function grantCard(grant: Grant, nameOf: (person: string) => string, now: number): Card {
  const state = grantStateOf(grant, now);
  const time = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/u, 'Z');
  const terms = grant.constraints === undefined ? '(erased)' : makeVisible(termsText(grant.constraints));
  const uses = grant.taken
    .slice(-shownUses)
    .map((use) => `${time(use.at)} in ${use.run}`)
    .join('\n');
  const title = `Grant: ${grant.tool}, ${String(grant.taken.length)} of ${String(grant.uses)} used`;
  return {
    kind: 'notice',
    title,
    badge: state,
    lines: [],
    fields: [
      { label: 'Covers', value: terms, form: 'code' },
      { label: 'Granted by', value: `${nameOf(grant.by)}, ${time(grant.at)}`, form: 'plain' },
      {
        label: 'For',
        value: `${nameOf(grant.requester)}, in ${nameChannel(grant.channel)}, workflow ${grant.workflow}`,
        form: 'plain',
      },
      { label: 'Ends', value: time(grant.expiresAt), form: 'plain' },
      ...(uses === '' ? [] : [{ label: 'Used', value: uses, form: 'plain' as const }]),
    ],
    ...(grant.revoked !== undefined && {
      outcome: `Revoked by ${nameOf(grant.revoked.by)} at ${time(grant.revoked.at)}.`,
    }),
    actions:
      state === 'live' || state === 'used up'
        ? [{ id: `v1:${grant.id}:revoke`, label: 'Revoke', style: 'danger' }]
        : [],
    fallback: `${title}. ${terms}. By ${nameOf(grant.by)} for ${nameOf(grant.requester)}, until ${time(grant.expiresAt)}, ${state}.`,
  };
}
