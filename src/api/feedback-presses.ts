/** «Helpful» and «Not helpful» under an answer: one word a person, which a second press changes. */
import type { RunId } from '../core/ids.ts';
import type { Person } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ApiBackend } from './backend.ts';
import { notFound } from './refusal.ts';
import type { RunViews } from './run-views.ts';

export async function giveFeedback(
  { runs, views }: { readonly runs: OpenRuns; readonly views: Pick<RunViews, 'mayRead'> },
  person: Person,
  surface: string,
  { run: id, rating }: { readonly run: RunId; readonly rating: 'good' | 'bad' },
): ReturnType<ApiBackend['act']> {
  const run = await runs.open(id);
  if (run === undefined) return notFound('run');
  try {
    // On a chat platform whoever can press the button reads the thread it stands in.
    if (surface === 'console' && !views.mayRead(person, run.state().channel)) return notFound('run');
    const before = run.state().feedback.get(person.id)?.rating;
    const word = rating === 'good' ? 'helpful' : 'not helpful';
    run.stream.append({
      sort: 'fact',
      by: person.id,
      isKnown: (state) => state.feedback.get(person.id)?.rating === rating,
      events: [runEvent('feedback.given', { by: person.id, rating, surface })],
    });
    await run.stream.durable();
    const text =
      before === undefined || before === rating ? `Noted: ${word}. Thank you.` : `Changed to ${word}.`;
    return { kind: 'done', text, run: id };
  } finally {
    runs.close(run);
  }
}
