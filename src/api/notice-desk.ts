/** What a person is told directly, at the console: the same rules and words as the commands, as data. */
import { setMute, setQuietHours } from '../commands/notices.ts';
import type { Clock } from '../core/clock.ts';
import { asRunId } from '../core/ids.ts';
import type { RunId } from '../core/ids.ts';
import { onCallRole } from '../notices/notices.ts';
import type { NoticeServices } from '../notices/notices.ts';
import { clockText } from '../notices/quiet-hours.ts';
import type { People, Person } from '../people/person.ts';
import type { RunStore } from '../runs/store.ts';
import type { NoticeDesk } from './backend.ts';
import { refusal } from './refusal.ts';

export interface NoticeDeskOptions {
  readonly store: { readonly runs: Pick<RunStore, 'find'> };
  readonly clock: Clock;
  notices(): NoticeServices;
  people(): Pick<People, 'canRead'>;
}

export function createNoticeDesk(options: NoticeDeskOptions): NoticeDesk {
  const now = (): number => options.clock.now().getTime();

  /** The run's request, as far as the person may read it by now. */
  async function titled(person: Person, id: RunId): Promise<{ run: string; title: string }> {
    const row = await options.store.runs.find(id);
    const mayRead =
      row !== undefined && (row.startedBy === person.id || options.people().canRead(person.id, row.channel));
    return { run: id, title: mayRead && row.title !== '' ? row.title : id };
  }

  return {
    async read(person) {
      const notices = options.notices();
      const { quiet, mutedUntil = 0, follows, muted } = await notices.wishes(person.id);
      return {
        isReachable: notices.canReach(person),
        isOnCall: person.roles.includes(onCallRole),
        zone: notices.zone,
        ...(quiet !== undefined && {
          quiet: { from: clockText(quiet.from), to: clockText(quiet.to), zone: quiet.zone },
        }),
        ...(mutedUntil > now() && { mutedUntil: new Date(mutedUntil).toISOString() }),
        follows: await Promise.all([...follows.keys()].map((run) => titled(person, run))),
        muted: await Promise.all([...muted].map((run) => titled(person, run))),
      };
    },
    async change(person, input) {
      const services = { notices: options.notices(), now };
      switch (input.verb) {
        case 'quiet': {
          const { isDone, text } = await setQuietHours(services, person, input.hours);
          return isDone ? { kind: 'done', text } : refusal(422, 'notices.misunderstood', text);
        }
        case 'mute-for':
          return { kind: 'done', ...(await setMute(services, person, { hours: input.hours })) };
        case 'mute-run':
          return { kind: 'done', ...(await setMute(services, person, { run: asRunId(input.run) })) };
        case 'unmute':
          return { kind: 'done', ...(await setMute(services, person, 'off')) };
        default:
          return input satisfies never;
      }
    },
  };
}
