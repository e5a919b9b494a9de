/** A form that a run waits for: shown to whoever may answer it, checked when it comes back, kept as the answer. */
import { argumentForm, readArgumentForm } from '../chat/argument-form.ts';
import { inWords } from '../chat/field-words.ts';
import type { FormValues } from '../chat/form.ts';
import type { RunId } from '../core/ids.ts';
import { asRunId } from '../core/ids.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { People, Person } from '../people/person.ts';
import { findFormWait, readForm } from '../runs/form.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { isFinished } from '../runs/run-state.ts';
import type { WaitState } from '../runs/wait-state.ts';
import { createToolSchemas } from '../tools/tool-schemas.ts';
import type { ApiBackend } from './backend.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';
import type { FormJson } from './shapes.ts';

export interface FormOptions {
  readonly runs: OpenRuns;
  readonly views: Pick<RunViews, 'mayRead' | 'withState'>;
  people(): People;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

export interface FilledForm {
  readonly run: RunId;
  /** As the button carries it. */
  readonly form: string;
  readonly fields: FormValues;
}

/** The form of an «Answer…» button; undefined when this person cannot answer it (any more). */
export async function findRunForm(
  options: FormOptions,
  person: Person,
  action: string,
): Promise<FormJson | undefined> {
  const [version, subject = '', form = ''] = action.split(':');
  if (version !== 'v1' || !subject.startsWith('run_') || !form.startsWith('form_')) return undefined;
  return options.views.withState(asRunId(subject), (state) => {
    const wait = findFormWait(state, form);
    const recorded = wait === undefined ? undefined : readForm(wait);
    if (wait === undefined || recorded === undefined || wait.end !== undefined || isFinished(state))
      return undefined;
    if (!isAmong(options.people(), person, wait.who ?? [])) return undefined;
    return {
      title: makeVisible(recorded.title),
      note: 'The run goes on with what you send.',
      submit: 'Answer',
      fields: argumentForm(recorded.schema, {})
        .map(inWords)
        .map((field) => (field.kind === 'choice' ? { ...field, options: [...field.options] } : field)),
    };
  });
}

export async function answerForm(
  options: FormOptions,
  person: Person,
  surface: string,
  filled: FilledForm,
): ReturnType<ApiBackend['act']> {
  const run = await options.runs.open(filled.run);
  if (run === undefined) return notFound('run');
  try {
    // On a chat platform whoever can press the button reads the thread it stands in.
    if (surface === 'console' && !options.views.mayRead(person, run.state().channel)) return notFound('run');
    const wait = findFormWait(run.state(), filled.form);
    if (wait === undefined) return notFound('action');
    if (wait.end !== undefined || isFinished(run.state())) return settledBefore();
    if (!isAmong(options.people(), person, wait.who ?? []))
      return refusal(403, 'form.not-yours', `Only ${wait.who?.join(', ') ?? 'nobody'} can answer this.`);
    return await keep(options, run, wait, person, filled.fields);
  } finally {
    options.runs.close(run);
  }
}

async function keep(
  options: FormOptions,
  run: OpenRun,
  wait: WaitState,
  person: Person,
  fields: FormValues,
): ReturnType<ApiBackend['act']> {
  const form = readForm(wait);
  if (form === undefined) return notFound('action');
  const read = readArgumentForm(form.schema, {}, fields, inWords);
  const problem =
    read.kind === 'wrong'
      ? read.problems.join('. ')
      : createToolSchemas().findMisfit({ inputSchema: form.schema }, read.args);
  if (read.kind === 'wrong' || problem !== undefined)
    return refusal(422, 'form.invalid', `That does not fit: ${problem ?? ''}. Nothing was kept.`);
  run.stream.append({
    sort: 'fact',
    by: person.id,
    isKnown: (state) => state.waits.get(wait.key)?.end !== undefined,
    events: [
      runEvent(
        'wait.closed',
        { key: wait.key, how: 'answered', by: person.id },
        { result: JSON.stringify(read.args) },
      ),
    ],
  });
  // Before it is durable, so that the lease is saved with it.
  options.wake(run);
  await run.stream.durable();
  options.wake(run);
  const end = run.state().waits.get(wait.key)?.end;
  if (end?.by !== person.id || end.how !== 'answered') return settledBefore();
  return { kind: 'done', text: 'Thank you. I go on with that.', run: run.id };
}

function settledBefore(): Awaited<ReturnType<ApiBackend['act']>> {
  return refusal(409, 'form.settled', 'This was answered before.');
}

function isAmong(people: People, person: Person, who: readonly string[]): boolean {
  return who.includes(person.id) || people.expand(who).some(({ id }) => id === person.id);
}
