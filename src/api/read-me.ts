/** Who the asker is and what the console's first screen needs. */
import { ownRoomOf } from '../core/direct-place.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';
import type { MeJson } from './shapes.ts';

export interface ReadMeOptions {
  readonly store: { readonly runs: RunStore };
  readonly runs: OpenRuns;
  readonly model: string;
  people(): People;
}

/** Approvals looked through for the count in the header; beyond it the inbox tells. */
const countedApprovals = 100;

const suggestions = [
  { channel: 'finance', text: 'Refund invoice 1042 of Acme, 120 dollars, broken on arrival' },
  { channel: 'general', text: 'Which invoices are overdue?' },
  { channel: 'ops', text: 'Write a mail to Acme that their replacement ships tomorrow' },
];

/** What the room is called in which a person talks with the bot alone. */
const ownRoomName = 'only-you';

export async function readMe(options: ReadMeOptions, person: Person): Promise<MeJson> {
  const people = options.people();
  const channels = people.channels.filter((channel) => people.canRead(person.id, channel.id));
  return {
    id: person.id,
    name: person.name,
    roles: [...person.roles],
    channels: [
      ...channels.map(({ id, name, isPrivate }) => ({ id, name, isPrivate })),
      { id: ownRoomOf(person.id), name: ownRoomName, isPrivate: true },
    ],
    ...(people.isDemonstration && {
      demonstration: {
        persons: people.persons.map(({ id, name, roles }) => ({
          id,
          name,
          roles: [...roles],
          token: `demo-${id}`,
        })),
      },
    }),
    people: people.persons.map(({ id, name }) => ({ id, name })),
    model: options.model,
    suggestions: suggestions.filter((suggestion) =>
      channels.some((channel) => channel.name === suggestion.channel),
    ),
    waitingApprovals: await countWaiting(options, person),
  };
}

async function countWaiting(options: ReadMeOptions, person: Person): Promise<number> {
  let count = 0;
  for (const row of await options.store.runs.listApprovals({ state: 'pending', limit: countedApprovals })) {
    const run = await options.runs.open(row.run);
    if (run === undefined) continue;
    const approval = run.state().approvals.get(row.id);
    if (approval?.state === 'pending' && approval.votes.every((vote) => vote.by !== person.id)) {
      if (outlookOf(approval, options.people()).mayVote(person.id).kind === 'may') count += 1;
    }
    options.runs.close(run);
  }
  return count;
}
