/**
 * The strict Block Kit validator: what Slack refuses, with the path of what is wrong.
 *
 * A problem reads «unknown field "colour" [json-pointer:/blocks/0/colour]». An empty list means accepted.
 */
import { z } from 'zod';
import { anyBlock } from './blocks.ts';
import type { SlackBlock } from './blocks.ts';
import { identifier, plainText } from './text-objects.ts';

export type Surface = 'message' | 'modal' | 'home';

/** Slack cuts messages off at about this many characters over all blocks: `msg_blocks_too_long`. */
const allBlocksMax = 13_200;
const messagesOnly: ReadonlySet<string> = new Set([
  ...['markdown', 'table', 'data_table', 'context_actions', 'task_card', 'plan', 'file'],
]);

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly string[] };

const at = (path: readonly PropertyKey[], message: string): string =>
  `${message} [json-pointer:/${path.map(String).join('/')}]`;

export function problemsOf(error: z.ZodError, root: readonly PropertyKey[]): string[] {
  return error.issues.map((issue) => at([...root, ...issue.path], issue.message));
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly value: Readonly<Record<string, unknown>>;
}

/** Every object in a tree of JSON with its path, outermost first. */
export function* objectsIn(value: unknown, path: readonly PropertyKey[] = []): Generator<Found> {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) yield* objectsIn(entry, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    // An object that is no array has string keys.
    const object = value as Readonly<Record<string, unknown>>;
    yield { path, value: object };
    for (const [key, entry] of Object.entries(object)) yield* objectsIn(entry, [...path, key]);
  }
}

function* repeated(
  found: Iterable<Found>,
  key: string,
  root: readonly PropertyKey[] = [],
): Generator<string> {
  const seen = new Set<unknown>();
  for (const { path, value } of found) {
    const id = value[key];
    if (typeof id !== 'string') continue;
    if (seen.has(id)) yield at([...root, ...path, key], `${key} "${id}" already exists`);
    seen.add(id);
  }
}

function acrossBlocks(blocks: readonly SlackBlock[], surface: Surface): string[] {
  const root = ['blocks'];
  const problems = [...repeated(objectsIn(blocks, root), 'block_id')];
  for (const [index, block] of blocks.entries()) {
    // An action id is unique inside its block; the children of a container are blocks of their own.
    const parts = block.type === 'container' ? block.child_blocks : [block];
    for (const part of parts) problems.push(...repeated(objectsIn(part), 'action_id', ['blocks', index]));
  }
  for (const { path, value } of objectsIn(blocks, root)) problems.push(...unofferedProblems(path, value));
  const ofType = (type: string): Found[] =>
    [...objectsIn(blocks, root)].filter((found) => found.value['type'] === type);
  if (surface === 'message') {
    for (const extra of ofType('table').slice(1)) problems.push(at(extra.path, 'only one table is allowed'));
    const focused = [...objectsIn(blocks, root)].find((found) => found.value['focus_on_load'] === true);
    if (focused !== undefined) problems.push(at(focused.path, 'focus_on_load is for views'));
  } else {
    for (const [index, block] of blocks.entries())
      if (messagesOnly.has(block.type))
        problems.push(at([...root, index], `${block.type} is not for a ${surface} view`));
    const focused = [...objectsIn(blocks, root)].filter((found) => found.value['focus_on_load'] === true);
    if (focused.length > 1) problems.push(at(root, 'only one element may have focus_on_load'));
  }
  if (surface !== 'modal')
    for (const found of ofType('file_input')) problems.push(at(found.path, 'file_input is for modals'));
  const markdown = blocks.reduce(
    (sum, block) => sum + (block.type === 'markdown' ? block.text.length : 0),
    0,
  );
  if (markdown > 12_000) problems.push(at(root, 'markdown blocks hold more than 12,000 characters together'));
  return problems;
}

/** What a menu shows at first must be one of its options, exactly. */
function unofferedProblems(path: readonly PropertyKey[], menu: Found['value']): string[] {
  if (menu['options'] === undefined && menu['option_groups'] === undefined) return [];
  const offered = new Set(
    [...objectsIn([menu['options'], menu['option_groups']])].map((found) => JSON.stringify(found.value)),
  );
  return [menu['initial_option'], menu['initial_options']]
    .flat()
    .filter((initial) => initial !== undefined && !offered.has(JSON.stringify(initial)))
    .map(() => at(path, 'an initial option is none of the options'));
}

export function checkBlocks(value: unknown, surface: Surface): Checked<readonly SlackBlock[]> {
  const max = surface === 'message' ? 50 : 100;
  const parsed = z.array(anyBlock).max(max).safeParse(value);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, ['blocks']) };
  const problems = acrossBlocks(parsed.data, surface);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: parsed.data };
}

/** True when Slack would answer `msg_blocks_too_long`. */
export function areTooLong(blocks: readonly SlackBlock[]): boolean {
  let sum = 0;
  for (const { value } of objectsIn(blocks))
    if (typeof value['text'] === 'string') sum += value['text'].length;
  return sum > allBlocksMax;
}

const viewFields = {
  blocks: z.unknown(),
  private_metadata: z.string().max(3000).optional(),
  callback_id: identifier.optional(),
  external_id: identifier.optional(),
};
const view = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('home'), ...viewFields }),
  z.strictObject({
    type: z.literal('modal'),
    ...viewFields,
    title: plainText(24),
    close: plainText(24).optional(),
    submit: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
  }),
]);

/** A view of more is `view_too_large`. */
const viewBytesMax = 250_000;

/** True when Slack would answer `view_too_large`. */
export function isViewTooLarge(value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value)) > viewBytesMax;
}

export type SlackView = z.infer<typeof view> & { readonly blocks: readonly SlackBlock[] };

export function checkView(value: unknown): Checked<SlackView> {
  const parsed = view.safeParse(value);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, ['view']) };
  const blocks = checkBlocks(parsed.data.blocks, parsed.data.type);
  if (!blocks.ok)
    return { ok: false, problems: blocks.problems.map((text) => text.replace(':/', ':/view/')) };
  if (
    parsed.data.type === 'modal' &&
    parsed.data.submit === undefined &&
    blocks.value.some((block) => block.type === 'input')
  )
    return { ok: false, problems: [at(['view', 'submit'], 'a modal with inputs needs submit')] };
  return { ok: true, value: { ...parsed.data, blocks: blocks.value } };
}
