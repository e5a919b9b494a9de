/** The status card: one per run, edited in place, collapsed when done. */
import { lineMark } from '../chat/card.ts';
import type { Card, CardAction, CardLine } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import { isPlan } from '../gate/plan-state.ts';
import { waitsFor } from '../runs/project-run.ts';
import { stepsToRetry } from '../runs/operate-run.ts';
import { isFinished } from '../runs/run-state.ts';
import { endingOf, isUndo } from '../runs/undo-state.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import { firstLine } from './approval-card.ts';
import type { StoryWords } from './story-item.ts';

export function statusCard(state: RunState, title: string, words: StoryWords): Card {
  const lines = [...fileLines(state), ...callLines(state)];
  const waiting = waitsFor(state, words.nameOf);
  if (waiting !== undefined && state.status !== 'running')
    lines.push({ state: 'waiting', text: state.parked === undefined ? `waiting for ${waiting}` : waiting });
  const cost = state.usdSpent > 0 ? `${state.usdSpent.toFixed(3)} USD` : '';
  const word = statusWord(state);
  return {
    kind: 'status',
    title,
    badge: [word, cost].filter((part) => part !== '').join(' · '),
    lines,
    fields: [],
    ...(state.failure !== undefined && { outcome: state.failure.tell }),
    ...(state.stopped !== undefined && state.failure === undefined && { outcome: stoppedText(state, words) }),
    actions:
      isFinished(state) || endingOf(state) !== undefined
        ? undoActions(state)
        : [...againActions(state), stopAction(state), ...pauseActions(state), followAction(state)],
    fallback: [
      `${title}: ${word}`,
      ...lines.map(
        (line) => `${lineMark(line)} ${line.text}${line.detail === undefined ? '' : `  ${line.detail}`}`,
      ),
    ].join('\n'),
  };
}

function fileLines({ files }: RunState): readonly CardLine[] {
  return files.flatMap(({ file, read }): readonly CardLine[] => {
    if (read === undefined) return [];
    const name = firstLine(file.name);
    return read.kind === 'unreadable'
      ? [{ state: 'failed', text: `could not read ${name}: ${read.why}` }]
      : [{ state: 'done', text: `read ${name}` }];
  });
}

function callLines(state: RunState): readonly CardLine[] {
  return [...state.calls.values()]
    .filter((entry) => entry.supersededBy === undefined)
    .map((entry) => {
      const { detail, ...rest } = lineOf(entry);
      // A plan is no tool, and the name it has instead is for programs.
      const line = detail === undefined || isPlan(entry.call) ? rest : { ...rest, detail };
      return isUndo(state, entry.call.step) ? { ...line, text: `take back: ${line.text}` } : line;
    });
}

/** What could not be taken back needs a person. */
function undoActions({ id, parked }: RunState): readonly CardAction[] {
  if (parked?.undo === undefined) return [];
  const question = 'Leave it as it is? Nobody takes it back then.';
  return [
    { id: `v1:${id}:retry`, label: 'Try again', style: 'primary' },
    {
      id: `v1:${id}:leave`,
      label: 'Leave it as it is',
      style: 'danger',
      asks: { kind: 'confirm', question },
    },
  ];
}

/** What a parked run needs from a person. */
function againActions(state: RunState): readonly CardAction[] {
  const { id, parked } = state;
  if (parked === undefined || parked.until !== undefined || parked.call !== undefined) return [];
  if (parked.by !== undefined) return [{ id: `v1:${id}:resume`, label: 'Go on', style: 'primary' }];
  const again: CardAction = { id: `v1:${id}:retry`, label: 'Try again', style: 'primary' };
  if (stepsToRetry(state).length === 0) return [again];
  const from: CardAction = {
    id: `v1:${id}:retry:step`,
    label: 'Try again from…',
    style: 'plain',
    asks: { kind: 'form' },
  };
  return [again, from];
}

function pauseActions({ id, parked }: RunState): readonly CardAction[] {
  if (parked !== undefined) return [];
  const asks = { kind: 'text', label: 'Why pause it?', isRequired: false, picks: [] } as const;
  return [{ id: `v1:${id}:pause`, label: 'Pause…', style: 'plain', asks }];
}

function stopAction(state: RunState): CardAction {
  return {
    id: `v1:${state.id}:stop`,
    label: 'Stop this run',
    style: 'plain',
    asks: {
      kind: 'confirm',
      question: 'Stop this run? What waits for approval is cancelled; what was already sent is not undone.',
    },
  };
}

function followAction({ id }: RunState): CardAction {
  return { id: `v1:${id}:follow`, label: 'Follow', style: 'plain' };
}

function stoppedText(state: RunState, words: StoryWords): string {
  const reason = state.stopped?.reason ?? '';
  const by = state.stopped === undefined ? 'somebody' : words.nameOf(state.stopped.by);
  return `Stopped by ${by}${reason === '' ? '.' : `: ${makeVisible(reason)}`}`;
}

function statusWord(state: RunState): string {
  switch (state.status) {
    case 'queued':
    case 'running':
      return state.stopped === undefined ? 'working' : 'stopping';
    case 'waiting':
    case 'done':
    case 'failed':
    case 'stopped':
    case 'parked':
      return state.status;
    default:
      return state.status satisfies never;
  }
}

function lineOf(entry: CallState): CardLine {
  const { call, result, unknown, dispatches } = entry;
  const what =
    call.title === call.tool
      ? (call.tool.split('/')[1] ?? call.tool).replaceAll('_', ' ')
      : makeVisible(call.title);
  if (unknown !== undefined) return { state: 'failed', text: `outcome unknown: ${what}`, detail: call.tool };
  if (result === undefined) {
    const isSent = dispatches.length > 0;
    return {
      state: isSent || call.verdict === 'allow' ? 'active' : 'waiting',
      text: isSent ? `sent: ${what}` : what,
      detail: call.tool,
    };
  }
  switch (result.kind) {
    case 'answered':
      return {
        state: result.isError ? 'failed' : 'done',
        text: `${what}: ${firstLine(result.content)}`,
        detail: call.tool,
      };
    case 'not-run':
      return { state: 'failed', text: `${what}: ${firstLine(result.content)}`, detail: call.tool };
    case 'settled':
      return {
        state: result.happened ? 'done' : 'failed',
        text: `${what}: ${result.content}`,
        detail: call.tool,
      };
    default:
      return result satisfies never;
  }
}
