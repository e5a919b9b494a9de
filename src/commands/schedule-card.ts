/** A schedule with its buttons: what each platform shows below the answer of `/countersign schedule`. */
import type { Card, CardAction } from '../chat/card.ts';
import { usualTimes } from '../schedule/parse-wording.ts';
import type { ScheduleRow } from '../schedule/store.ts';
import type { ScheduleVerb } from './schedule-desk.ts';

/** In the ids of its buttons. */
export const scheduleSubject = 'schedule';

const buttons = {
  confirm: { label: 'Let it come', style: 'primary' },
  resume: { label: 'Go on', style: 'primary' },
  pause: { label: 'Pause', style: 'plain' },
  skip: { label: 'Skip the next', style: 'plain' },
  now: { label: 'Run now', style: 'plain' },
  edit: {
    label: 'Change the time…',
    style: 'plain',
    asks: {
      kind: 'text',
      label: `When shall it come? For example ${usualTimes[0]}`,
      isRequired: true,
      picks: usualTimes,
    },
  },
  delete: {
    label: 'Delete this schedule',
    style: 'danger',
    asks: { kind: 'confirm', question: 'It will not come again. Delete it?' },
  },
} as const satisfies Record<ScheduleVerb, Omit<CardAction, 'id'>>;

/** What may be done with one that was just made: nothing of it has come yet. */
export const newScheduleVerbs = ['confirm', 'edit', 'delete'] as const;

export function verbsFor({
  isPaused,
  origin,
}: Pick<ScheduleRow, 'isPaused' | 'origin'>): readonly ScheduleVerb[] {
  const verbs: readonly ScheduleVerb[] = isPaused ? ['resume', 'now'] : ['pause', 'skip', 'now'];
  // A file's schedules are changed in the file.
  return origin === 'file' ? verbs : [...verbs, 'edit', 'delete'];
}

export function scheduleCard(name: string, verbs: readonly ScheduleVerb[]): Card {
  return {
    kind: 'notice',
    title: `Schedule ${name}`,
    lines: [],
    fields: [],
    actions: verbs.map((verb) => ({ id: `v1:${scheduleSubject}:${verb}:${name}`, ...buttons[verb] })),
    fallback: `Schedule ${name}`,
  };
}

/** The card that offers such a button; undefined for no button of it. */
export function cardOfSchedule(action: string): Card | undefined {
  const [version, subject, verb = '', name = ''] = action.split(':');
  return version === 'v1' && subject === scheduleSubject && isVerb(verb)
    ? scheduleCard(name, [verb])
    : undefined;
}

/** What a press on one of its buttons says as a command; undefined for no button of it. */
export function scheduleWords(verb: string, name: string, typed: string | undefined): string | undefined {
  if (!isVerb(verb)) return undefined;
  const when = verb === 'edit' ? ` "${(typed ?? '').replaceAll(/["“«”»]/gu, '').trim()}"` : '';
  return `schedule ${verb} ${name}${when}`;
}

function isVerb(verb: string): verb is ScheduleVerb {
  return Object.hasOwn(buttons, verb);
}
