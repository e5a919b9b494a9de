/**
 * Forms of many fields, in pages of five inputs: what was typed on a page is kept here until the last one is sent.
 *
 * Drafts live in this process for a quarter of an hour; whoever comes later starts the form again. Nothing is decided
 * by a draft: the whole form is checked when it is pressed.
 */
import type { InboundAccount, InboundSink } from '../../src/chat/adapter.ts';
import type { Form, FormField, FormValues } from '../../src/chat/form.ts';
import type { Clock } from '../../src/core/clock.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { menuCount, menusOf, readMenus } from './choice-menus.ts';
import type { ChoiceField, ChoiceMenu } from './choice-menus.ts';
import { limits } from './components.ts';
import type { Modal } from './modals.ts';
import { inputsOf } from './modals.ts';
import type { FormPart } from './payloads.ts';
import type { PrivateText } from './replies.ts';
import { sentence } from './replies.ts';

export interface FormPages {
  /** One page as Discord shows it; undefined when there is nothing to fill in (any more). */
  open(from: InboundAccount, action: string, page: number): Promise<Modal | undefined>;
  /** What was typed on a page: kept, with a way to the next one, or sent. */
  submit(from: InboundAccount, customId: string, parts: readonly FormPart[]): Promise<PrivateText>;
}

/** In front of a page's number and the action's id. */
export const pagePrefix = 'f:';

interface Draft {
  readonly values: FormValues;
  /** How many pages from the first on are filled in. */
  readonly pages: number;
  readonly until: number;
}

const inputsOnPage = 5;
/** What a text input holds at most. */
const longestValue = 4_000;
const mostDrafts = 1_000;
const draftMs = 15 * 60_000;

export function createFormPages({ clock, sink }: { readonly clock: Clock; sink(): InboundSink }): FormPages {
  const drafts = new Map<string, Draft>();
  const keyOf = (from: InboundAccount, action: string): string => `${from.account} ${action}`;

  /** What was typed on the pages before this one; undefined when one of them is not there (any more). */
  function draftBefore(page: number, key: string): FormValues | undefined {
    if (page === 0) return {};
    const draft = drafts.get(key);
    const isThere = draft !== undefined && draft.until >= clock.now().getTime() && draft.pages >= page;
    return isThere ? draft.values : undefined;
  }

  function keep(key: string, page: number, values: FormValues): void {
    const pages = Math.max(page + 1, page === 0 ? 0 : (drafts.get(key)?.pages ?? 0));
    drafts.delete(key);
    drafts.set(key, { values, pages, until: clock.now().getTime() + draftMs });
    const oldest = drafts.keys().next().value;
    if (drafts.size > mostDrafts && oldest !== undefined) drafts.delete(oldest);
  }

  return {
    async open(from, action, page) {
      const form = await sink().findForm(from, action);
      if (form === undefined) return undefined;
      if (page === 0) drafts.delete(keyOf(from, action));
      return pageModal(form, action, page);
    },
    async submit(from, customId, parts) {
      const [page, action] = readPageId(customId);
      const form = await sink().findForm(from, action);
      if (form === undefined)
        return { text: sentence('This was settled in the meantime. Nothing was changed.') };
      const typed = typedOn(form, page, parts);
      if (typed.problems.length > 0)
        return {
          text: sentence(`${typed.problems.join('\n')}\nNothing was sent.`),
          buttons: [{ label: 'Fill it in again', id: pageId(page, action) }],
        };
      const key = keyOf(from, action);
      const before = draftBefore(page, key);
      // A part of a form would change a part of the call, and say nothing of the rest.
      if (before === undefined)
        return {
          text: sentence('What you filled in on the pages before is no longer here. Nothing was sent.'),
          buttons: [{ label: 'Start again at page 1', id: pageId(0, action) }],
        };
      const values = { ...before, ...typed.values };
      const pages = pagesOf(form);
      if (page + 1 < pages.length) {
        keep(key, page, values);
        return {
          text: sentence(`Page ${String(page + 1)} of ${String(pages.length)} is filled in.`),
          buttons: [
            {
              label: `Next: page ${String(page + 2)} of ${String(pages.length)}`,
              id: pageId(page + 1, action),
            },
          ],
        };
      }
      drafts.delete(key);
      const answer = await sink().press({ from, action, fields: values });
      return { text: sentence(answer.text) };
    },
  };
}

/** The page and the action that a page's id or its button names. */
export function readPageId(customId: string): readonly [number, string] {
  const [, page = '0', ...action] = customId.split(':');
  return [/^\d{1,2}$/u.test(page) ? Number(page) : 0, action.join(':')];
}

function pageId(page: number, action: string): string {
  return `${pagePrefix}${String(page)}:${action}`;
}

interface Numbered {
  readonly field: FormField;
  readonly id: string;
}

/** A value that is too long for an input stays as it is. A choice stands on one page with all its menus. */
function pagesOf(form: Form): readonly (readonly Numbered[])[] {
  const pages: Numbered[][] = [];
  let left = 0;
  for (const [index, field] of form.fields.entries()) {
    if (field.value.length > longestValue) continue;
    const numbered = { field, id: `f${String(index)}` };
    const size = isListed(field) ? menuCount(field) : 1;
    if (size > left) {
      pages.push([numbered]);
      left = inputsOnPage - size;
    } else {
      pages.at(-1)?.push(numbered);
      left -= size;
    }
  }
  return pages;
}

/** A choice of more than a page of menus holds is typed. */
function isListed(field: FormField): field is ChoiceField {
  return field.kind === 'choice' && field.options.length > 0 && menuCount(field) <= inputsOnPage;
}

function pageModal(form: Form, action: string, page: number): Modal | undefined {
  const customId = pageId(page, action);
  const pages = pagesOf(form);
  const fields = pages[page];
  if (fields === undefined || customId.length > limits.customId) return undefined;
  const count = pages.length > 1 ? ` (${String(page + 1)} of ${String(pages.length)})` : '';
  return {
    custom_id: customId,
    title: `${firstCharacters(form.title, 45 - count.length)}${count}`,
    components: fields.flatMap(({ field, id }): readonly object[] =>
      isListed(field)
        ? menusOf(field, id).map((menu) => ({
            type: 18,
            ...menuNames(field, menu),
            component: menu.component,
          }))
        : [{ type: 18, ...namesOf(field), component: textInput(field, id) }],
    ),
  };
}

const longestLabel = 45;
const longestDescription = 100;

/** The end of a long path tells fields apart, not its beginning; the whole of it stands below. */
function namesOf({ label, hint }: FormField): { readonly label: string; readonly description?: string } {
  const isCut = label.length > longestLabel;
  const below = isCut ? lastCharacters(label, longestDescription) : hint;
  return {
    label: lastCharacters(label, longestLabel),
    ...(below !== undefined && { description: firstCharacters(below, longestDescription) }),
  };
}

function lastCharacters(text: string, most: number): string {
  if (text.length <= most) return text;
  return `…${text.slice(1 - most).replace(/^[\uDC00-\uDFFF]/u, '')}`;
}

/** Of several menus each says which of the options it holds. */
function menuNames(field: ChoiceField, { range, span }: ChoiceMenu): ReturnType<typeof namesOf> {
  if (range === undefined || span === undefined) return namesOf(field);
  const part = ` (${range})`;
  const isCut = field.label.length > longestLabel - part.length;
  const below = [span, ...(isCut ? [field.label] : []), ...(field.hint === undefined ? [] : [field.hint])];
  return {
    label: `${lastCharacters(field.label, longestLabel - part.length)}${part}`,
    description: firstCharacters(below.join(' · '), longestDescription),
  };
}

function textInput(field: FormField, id: string): object {
  const isLong = field.kind === 'list' || field.kind === 'json' || (field.kind === 'text' && field.isLong);
  return {
    type: 4,
    custom_id: id,
    style: isLong ? 2 : 1,
    required: field.isRequired && field.kind !== 'text',
    max_length: longestValue,
    ...(field.value !== '' && { value: field.value }),
  };
}

interface Typed {
  readonly values: FormValues;
  readonly problems: readonly string[];
}

function typedOn(form: Form, page: number, parts: readonly FormPart[]): Typed {
  const inputs = new Map(inputsOf(parts).map((input) => [input.custom_id, input]));
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const { field, id } of pagesOf(form)[page] ?? []) {
    if (!isListed(field)) {
      const input = inputs.get(id);
      if (input !== undefined) values[field.id] = input.value ?? '';
      continue;
    }
    const menus = menusOf(field, id).map((menu) => inputs.get(menu.id));
    if (menus.every((input) => input === undefined)) continue;
    const picked = readMenus(field, id, (menu) => inputs.get(menu)?.values?.[0]);
    if (picked.kind === 'picked') values[field.id] = picked.value;
    else problems.push(`${field.label}: you chose ${picked.labels.join(' and ')}. Choose one of them.`);
  }
  return { values, problems };
}
