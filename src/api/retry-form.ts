/** The form of «Try again from…»: which of a run's recorded steps to begin at, and why. */
import { asRunId } from '../core/ids.ts';
import { makeVisible } from '../core/visible-text.ts';
import { mayOperate } from '../gate/may-operate.ts';
import type { Policy } from '../gate/policy.ts';
import type { People, Person } from '../people/person.ts';
import { stepsToRetry } from '../runs/operate-run.ts';
import { isFinished } from '../runs/run-state.ts';
import type { RunViews } from './run-views.ts';
import type { FormJson } from './shapes.ts';

export interface RetryFormOptions {
  readonly views: Pick<RunViews, 'withState'>;
  people(): People;
  policy(): Policy;
}

/** What every platform lists; one of more is typed. */
const mostListed = 25;

/** Undefined for another action, and when this person cannot let the run try again (any more). */
export async function findRetryForm(
  options: RetryFormOptions,
  person: Person,
  action: string,
): Promise<FormJson | undefined> {
  const [version, subject = '', verb, last] = action.split(':');
  if (version !== 'v1' || !subject.startsWith('run_') || verb !== 'retry' || last !== 'step')
    return undefined;
  return options.views.withState(asRunId(subject), (state) => {
    const steps = stepsToRetry(state);
    if (steps.length === 0 || isFinished(state)) return undefined;
    if (!mayOperate(state, person, options.policy(), options.people())) return undefined;
    const step = { id: 'step', label: 'From which step', isRequired: true, value: steps.at(-1) ?? '' };
    return {
      title: 'Try again from a step',
      note: "The workflow's own code runs again from there on. What was already sent, asked or said is not done again.",
      submit: 'Try again',
      fields: [
        steps.length > mostListed
          ? { ...step, kind: 'text', isLong: false }
          : {
              ...step,
              kind: 'choice',
              options: steps.map((value) => ({ value, label: makeVisible(value) })),
            },
        { id: 'reason', label: 'Why', isRequired: false, value: '', kind: 'text', isLong: true },
      ],
    };
  });
}
