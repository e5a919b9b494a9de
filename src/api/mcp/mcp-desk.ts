/**
 * What other agents may ask of the bot, each in the name of the person whose token it carries.
 *
 * What such a program writes is nobody's own word: a run that it starts is tainted, and people see that it asked.
 * It reads the runs that it started itself and what its person may read.
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { pause } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { asRunId, channelNamed, newNonce } from '../../core/ids.ts';
import type { ChannelId, RunId, ThreadId } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import { workspaceOf } from '../../memory/sight.ts';
import type { People, Person } from '../../people/person.ts';
import { turnTexts } from '../../router.ts';
import type { Router } from '../../router.ts';
import { isFinishedStatus } from '../../runs/run-state.ts';
import type { RunState } from '../../runs/run-state.ts';
import type { Workflow } from '../../workflow-kit.ts';
import type { ApiBackend, Refusal } from '../backend.ts';
import { refusal } from '../refusal.ts';
import type { RunViews } from '../run-views.ts';
import { recordedInput, startByProgram } from '../start-by-program.ts';
import type { OpenThread } from '../start-by-program.ts';
import type { ApprovalJson, MemoryJson } from '../shapes.ts';

/** The workflow that puts an outside program's question to people. */
export const askingWorkflow = 'approval-request';

export interface StartWish {
  readonly workflow: string;
  readonly input: JsonObject;
  readonly channel: string;
  /** The program's own id of this request: the same one twice is one run. */
  readonly id?: string;
}

export interface ApprovalWish {
  readonly channel: string;
  readonly title: string;
  /** Everything that whoever decides has to see; what is approved is exactly this. */
  readonly facts: JsonObject;
  /** Roles and persons; whoever policy names by default when absent. */
  readonly approvers?: readonly string[];
  readonly quorum?: number;
  readonly minutes?: number;
  /** Why, in the program's words. */
  readonly why?: string;
  readonly id?: string;
}

export interface StartedRun {
  readonly kind: 'started';
  readonly run: string;
  readonly thread: string;
  readonly link?: string;
}

/** A run as whoever started it needs it. */
export interface RunNote {
  readonly run: string;
  readonly workflow: string;
  readonly status: RunState['status'];
  readonly thread: string;
  readonly waitingFor?: string;
  /** What it said last. */
  readonly reply?: string;
  readonly approvals: readonly { readonly id: string; readonly title: string; readonly state: string }[];
}

export interface McpDesk {
  /** Those that may be started. */
  workflows(): readonly Workflow[];
  start(person: Person, wish: StartWish): Promise<StartedRun | Refusal>;
  ask(person: Person, wish: ApprovalWish): Promise<StartedRun | Refusal>;
  /** Waits for as long until the run has ended or asks somebody; undefined is «not there, or not for you». */
  run(person: Person, id: string, waitMs: number): Promise<RunNote | undefined>;
  /** Waits for as long until it is decided. */
  approval(person: Person, id: string, waitMs: number): Promise<ApprovalJson | undefined>;
  memories(person: Person, channel: string, words: string): Promise<readonly MemoryJson[] | undefined>;
}

export interface McpDeskOptions {
  readonly clock: Clock;
  readonly router: Pick<Router, 'take'>;
  readonly workflows: readonly Workflow[];
  readonly views: Pick<RunViews, 'mayRead' | 'withState'>;
  readonly memoryDesk: ApiBackend['memoryDesk'];
  readApproval(person: Person, id: string): Promise<ApprovalJson | undefined>;
  people(): People;
  /** Whether everybody in its workspace may read along. */
  isOpen(channel: ChannelId): Promise<boolean>;
  readonly openThread: OpenThread;
  linkTo(thread: ThreadId): string | undefined;
}

const lookEveryMs = 300;

export function createMcpDesk(options: McpDeskOptions): McpDesk {
  const { clock, views } = options;
  const offered = options.workflows.filter(({ start }) => start.command === true);

  /** Console channels that the person reads, and open channels of platforms where he has an account. */
  async function mayUse(person: Person, channel: ChannelId): Promise<boolean> {
    if (channel.startsWith('console:')) return views.mayRead(person, channel);
    const workspace = workspaceOf(channel);
    const isHere =
      person.slack.some((account) => `slack:${account.split('/')[0] ?? ''}` === workspace) ||
      (workspace.startsWith('discord:') && person.discord.length > 0);
    return isHere && (await options.isOpen(channel));
  }

  async function begin(
    person: Person,
    workflow: Workflow,
    wish: StartWish,
    title: string,
  ): Promise<StartedRun | Refusal> {
    const channel = channelNamed(wish.channel);
    if (!(await mayUse(person, channel)))
      return refusal(404, 'channel.unknown', `There is no channel ${wish.channel} for you.`);
    const parsed = workflow.input.safeParse(wish.input);
    if (!parsed.success) {
      const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      const takes = JSON.stringify(z.toJSONSchema(workflow.input, { io: 'input', unrepresentable: 'any' }));
      return refusal(
        422,
        'input.invalid',
        `${workflow.name} cannot use this input. ${wrong.join('; ')}. It takes: ${takes}`,
      );
    }
    try {
      const taken = await startByProgram(options, {
        key: `mcp:${person.id}/${wish.id ?? newNonce()}`,
        ...{ channel, title, by: person.id, text: title },
        workflow: workflow.name,
        input: recordedInput(parsed.data),
        sent: { by: `A program of ${person.name}`, payload: wish.input },
      });
      if (taken.run === undefined) return refusal(409, 'thread.busy', turnTexts.never);
      const link = options.linkTo(taken.thread);
      return { kind: 'started', run: taken.run, thread: taken.thread, ...(link !== undefined && { link }) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return refusal(503, error.code, `${error.tell} Nothing was started. Ask again with the same id.`);
    }
  }

  /** Reads until `isEnough` or the time is over. */
  async function waitFor<T>(
    read: () => Promise<T | undefined>,
    isEnough: (value: T) => boolean,
    waitMs: number,
  ): Promise<T | undefined> {
    const end = clock.monotonicMs() + waitMs;
    for (;;) {
      const value = await read();
      if (value === undefined || isEnough(value) || clock.monotonicMs() >= end) return value;
      await pause(clock, lookEveryMs);
    }
  }

  const noteOf = (person: Person, id: RunId): Promise<RunNote | undefined> =>
    views.withState(id, (state) =>
      state.requester === person.id || views.mayRead(person, state.channel) ? runNote(state) : undefined,
    );

  return {
    workflows: () => offered,
    start(person, wish) {
      const workflow = offered.find(({ name }) => name === wish.workflow);
      if (workflow === undefined) {
        const names = offered.map(({ name }) => name).join(', ');
        return Promise.resolve(
          refusal(404, 'workflow.unknown', `There is no workflow ${wish.workflow}. There are: ${names}.`),
        );
      }
      return begin(person, workflow, wish, `${workflow.title}, asked for by a program of ${person.name}`);
    },
    ask(person, { channel, id, approvers, ...wish }) {
      const workflow = options.workflows.find(({ name }) => name === askingWorkflow);
      if (workflow === undefined) throw new AppError('internal', `${askingWorkflow} is missing.`);
      const unknown = (approvers ?? []).filter((name) => options.people().expand([name]).length === 0);
      const isGroup = (name: string): boolean => {
        const role = options.people().findRole(name);
        return role !== undefined && role.slackGroups.length + role.discordRoles.length > 0;
      };
      const nobody = unknown.filter((name) => !isGroup(name));
      if (nobody.length > 0)
        return Promise.resolve(
          refusal(422, 'approvers.unknown', `${nobody.join(', ')} is nobody. Name roles or persons.`),
        );
      const input: JsonObject = { ...wish, ...(approvers !== undefined && { approvers }) };
      return begin(
        person,
        workflow,
        { workflow: askingWorkflow, channel, input, ...(id !== undefined && { id }) },
        `A program of ${person.name} asks for an approval`,
      );
    },
    run: (person, id, waitMs) =>
      waitFor(
        () => noteOf(person, asRunId(id)),
        (note) =>
          isFinishedStatus(note.status) ||
          note.status === 'parked' ||
          note.approvals.some(({ state }) => state === 'pending'),
        waitMs,
      ),
    approval: (person, id, waitMs) =>
      waitFor(
        () => options.readApproval(person, id),
        (approval) => approval.state !== 'pending',
        waitMs,
      ),
    async memories(person, name, words) {
      return (await options.memoryDesk.list(person, name, { q: words }))?.items;
    },
  };
}

function runNote(state: RunState): RunNote {
  const reply = state.said.at(-1)?.text;
  const open = [...state.approvals.values()].filter((approval) => approval.state === 'pending');
  const waitingFor = open.at(0)?.title ?? state.parked?.tell;
  return {
    run: state.id,
    workflow: state.workflow,
    status: state.status,
    thread: state.thread,
    ...(waitingFor !== undefined && { waitingFor }),
    ...(reply !== undefined && { reply }),
    approvals: [...state.approvals.values()].map(({ id, title, state: name }) => ({
      id,
      title,
      state: name,
    })),
  };
}
