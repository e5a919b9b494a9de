/** Changing the arguments of a waiting call: its form, and what was typed or sent, put to people anew. */
import { argumentForm, readArgumentForm } from '../chat/argument-form.ts';
import type { FormValues } from '../chat/form.ts';
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { asApprovalId } from '../core/ids.ts';
import type { ApprovalId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { makeVisible } from '../core/visible-text.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { Decisions } from '../gate/decisions.ts';
import type { Policy } from '../gate/policy.ts';
import type { People, Person } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import type { RunStore } from '../runs/store.ts';
import { approvalCard, outcomeText } from '../story/approval-card.ts';
import type { StoryWords } from '../story/story-item.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import type { ApiBackend, Refusal } from './backend.ts';
import { approvalJson } from './render-json.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';
import type { FormJson } from './shapes.ts';
import { refuseVote } from './vote-texts.ts';

export interface EditsOptions {
  readonly store: { readonly runs: RunStore };
  readonly decisions: Decisions;
  readonly registry: ToolRegistry;
  readonly words: StoryWords;
  readonly views: RunViews;
  people(): People;
  policy(): Policy;
}

export interface Edits {
  /** The form of an «Edit…» button; undefined for a person who may not change anything there. */
  findForm(person: Person, action: string): Promise<FormJson | undefined>;
  /** What was typed into that form. */
  change(person: Person, id: ApprovalId, values: FormValues, surface: string): ReturnType<ApiBackend['act']>;
  /** A vote with other arguments than were asked about. */
  vote(
    person: Person,
    id: ApprovalId,
    input: Parameters<ApiBackend['vote']>[2],
  ): ReturnType<ApiBackend['vote']>;
}

/** What is being asked, as somebody who may decide it reads it. */
interface Asked {
  readonly digest: string;
  readonly title: string;
  readonly args: JsonObject;
  /** The tool's schema without what the gate fills in; empty when its server does not answer. */
  readonly schema: JsonObject;
}

export function createEdits(options: EditsOptions): Edits {
  const { store, decisions, registry, views, words } = options;

  async function readAsked(person: Person, id: ApprovalId): Promise<Asked | undefined> {
    const row = await store.runs.findApproval(id);
    if (row === undefined) return undefined;
    const found = await views.withState(row.run, async (state) => {
      const view = await views.viewOf(state, id, person);
      if (view?.call.call.argsJson === undefined || view.approval.state !== 'pending') return undefined;
      const args = parseStrictJson(view.call.call.argsJson);
      const { digest, title } = view.approval;
      return isJsonObject(args) ? { digest, title, args, tool: view.call.call.tool } : undefined;
    });
    if (found === undefined) return undefined;
    const tool = await registry.find(found.tool);
    const key = options.policy().keyOf(found.tool);
    return { ...found, schema: tool.kind === 'ready' ? withoutField(tool.tool.inputSchema, key) : {} };
  }

  /** Puts changed arguments to people; the state afterwards, or what the person reads instead. */
  async function ask(
    person: Person,
    id: ApprovalId,
    edit: { readonly args: JsonObject; readonly digest: string; readonly surface: string },
  ): Promise<Refusal | { readonly kind: 'asked'; readonly approval: ApprovalId; readonly state: RunState }> {
    const done = await decisions.edit(id, { person, ...edit });
    if (done === undefined) return notFound('approval');
    const { answer, state } = done;
    switch (answer.kind) {
      case 'asked':
        return { kind: 'asked', approval: answer.approval, state };
      case 'unfit':
        return refusal(422, `arguments.${answer.why}`, answer.detail);
      case 'refused': {
        const view = await views.viewOf(state, id, person);
        const settled = view === undefined ? undefined : outcomeText(view);
        return refuseVote(answer.vote, state, id, { people: options.people(), words, person, settled });
      }
      default:
        return answer satisfies never;
    }
  }

  return {
    async findForm(person, action) {
      const [version, subject = '', verb] = action.split(':');
      if (version !== 'v1' || verb !== 'edit') return undefined;
      const id = asApprovalId(subject);
      const asked = await readAsked(person, id);
      if (asked === undefined) return undefined;
      return {
        title: `Edit: ${makeVisible(asked.title)}`,
        note: 'What you send is checked, and a new question replaces this one. Someone else then decides, unless policy lets you.',
        submit: 'Change and ask again',
        fields: argumentForm(asked.schema, asked.args).map((field) =>
          field.kind === 'choice' ? { ...field, options: [...field.options] } : field,
        ),
      };
    },

    async change(person, id, values, surface) {
      const asked = await readAsked(person, id);
      if (asked === undefined) return refusal(409, 'approval.settled', 'This was settled before.');
      const read = readArgumentForm(asked.schema, asked.args, values);
      if (read.kind === 'wrong')
        return refusal(422, 'arguments.schema', `${read.problems.join('. ')}. Nothing was changed.`);
      const done = await ask(person, id, { args: read.args, digest: asked.digest, surface });
      if (done.kind === 'refused') return done;
      const view = await views.viewOf(done.state, done.approval, person);
      const names =
        view === undefined
          ? ''
          : outlookOf(view.approval, view.people)
              .left.map(({ name }) => name)
              .join(' or ');
      return {
        kind: 'done',
        text: `Changed, and asked anew.${names === '' ? '' : ` It waits for ${names}.`}`,
        run: done.state.id,
      };
    },

    async vote(person, id, input) {
      if (input.vote === 'deny')
        return refusal(422, 'arguments.denied', 'Change the arguments or deny, not both in one vote.');
      const args = parseStrictJson(canonicalJson(input.arguments ?? {}));
      if (!isJsonObject(args)) return refusal(422, 'arguments.schema', 'The arguments are not an object.');
      const done = await ask(person, id, { args, digest: input.digest, surface: 'console' });
      if (done.kind === 'refused') return done;
      let { state } = done;
      const asked = state.approvals.get(done.approval);
      const isVoter =
        asked !== undefined && outlookOf(asked, options.people()).mayVote(person.id).kind === 'may';
      if (isVoter) {
        const { digest } = asked;
        const voted = await decisions.vote(done.approval, {
          person,
          vote: 'approve',
          digest,
          surface: 'console',
        });
        state = voted?.state ?? state;
      }
      const view = await views.viewOf(state, done.approval, person);
      if (view === undefined) return notFound('approval');
      return {
        kind: 'counted',
        approval: approvalJson(
          view.state,
          view.approval,
          view.people,
          approvalCard(view),
          view.reader.mayReadThread,
        ),
        text: outcomeText(view) ?? 'Changed, and asked anew. Someone else decides.',
      };
    },
  };
}

/** A form does not ask for the key: it is set when the call is sent, and whoever typed one would be refused. */
function withoutField(schema: JsonObject, name: string | undefined): JsonObject {
  const { properties, required } = schema;
  if (name === undefined || !isJsonObject(properties)) return schema;
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([field]) => field !== name)),
    ...(Array.isArray(required) && { required: required.filter((field) => field !== name) }),
  };
}
