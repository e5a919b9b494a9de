/**
 * What the local Discord holds, as a page: messages in both forms, private ones, and forms.
 *
 * A component that is not drawn is an error, so that no picture leaves out what the product says.
 */
import {
  drawButtons,
  drawField,
  drawForm,
  drawInput,
  drawMessage,
  drawPage,
  drawTyped,
  escapeHtml,
  html,
  join,
  pictureZone,
  tag,
} from '../drawing/draw-page.ts';
import type { DrawnButton, Html } from '../drawing/draw-page.ts';
import { drawMarkdown } from '../drawing/draw-markdown.ts';
import type { ReadToken } from '../drawing/draw-markdown.ts';
import type { ShownForm } from './interactions.ts';
import type { FakeMessage, FakeState, Part } from './state.ts';

export interface DiscordPage {
  readonly state: FakeState;
  readonly place: string;
  readonly shows: readonly DiscordPart[];
}

export type DiscordPart =
  | { readonly kind: 'message'; readonly message: FakeMessage }
  | { readonly kind: 'form'; readonly form: ShownForm }
  | { readonly kind: 'typed'; readonly by: string; readonly text: string };

export function renderDiscordPage({ state, place, shows }: DiscordPage): string {
  const readToken = tokensOf(state);
  return drawPage({ place, parts: shows.map((part) => drawPart(part, state, readToken)) });
}

function drawPart(shown: DiscordPart, state: FakeState, readToken: ReadToken): Html {
  switch (shown.kind) {
    case 'message':
      return drawPosted(shown.message, state, readToken);
    case 'form':
      return drawModal(shown.form);
    case 'typed':
      return drawTyped(shown.by, shown.text);
    default:
      return shown satisfies never;
  }
}

function drawPosted(message: FakeMessage, state: FakeState, readToken: ReadToken): Html {
  const { author, content, components, attachments, reactions, onlyFor } = message;
  const words = content === '' ? html('') : drawMarkdown(content, readToken);
  const isPlaced = JSON.stringify(components).includes('attachment://');
  return drawMessage({
    from: author.global_name,
    isBot: author.bot === true,
    body: join([words, drawParts(components, readToken)]),
    isReply: state.channels.get(message.channel_id)?.parent_id !== undefined,
    // What the components place themselves is drawn there.
    files: isPlaced ? [] : attachments.map(({ filename }) => filename),
    reactions: [...reactions.keys()],
    ...(onlyFor !== undefined && { onlyFor: state.users.get(onlyFor)?.global_name ?? onlyFor }),
  });
}

/** The components of a message. */
export function drawParts(parts: readonly Part[], readToken: ReadToken = () => undefined): Html {
  return join(parts.map((part) => drawComponent(part, readToken)));
}

function drawComponent(part: Part, readToken: ReadToken): Html {
  switch (part.type) {
    case 1:
      return drawButtons((part.components ?? []).map(buttonOf));
    case 10:
      return drawMarkdown(part.content ?? '', readToken);
    case 12: {
      // What a gallery holds was checked when it was sent.
      const items = (part['items'] ?? []) as readonly { readonly description?: string }[];
      return join(items.map(({ description = '' }) => tag('div', escapeHtml(`🖼 ${description}`), 'file')));
    }
    case 13:
      return tag('div', escapeHtml(`📎 ${(part.file?.url ?? '').replace('attachment://', '')}`), 'file');
    case 17: {
      const colour = Number(part['accent_color'] ?? 0);
      const style = `style="border-left-color:#${colour.toString(16).padStart(6, '0')}"`;
      return html(`<div class="card" ${style}>${drawParts(part.components ?? [], readToken)}</div>`);
    }
    default:
      throw notDrawn(part.type);
  }
}

function buttonOf(part: Part): DrawnButton {
  if (part.type !== 2) throw notDrawn(part.type);
  const style = part['style'] === 1 ? 'primary' : part['style'] === 4 ? 'danger' : undefined;
  return {
    label: part.label ?? '',
    isDisabled: part.disabled === true,
    ...(style !== undefined && { style }),
  };
}

/** A form of labels, each around one input. */
export function drawModal({ title, components }: ShownForm): Html {
  const fields = components.map((label) => {
    if (label.type !== 18) throw notDrawn(label.type);
    const { component } = label;
    const hint = label['description'];
    return drawField({
      label: label.label ?? '',
      input: inputOf(component),
      isOptional: component?.['required'] === false,
      ...(typeof hint === 'string' && { hint }),
    });
  });
  return drawForm({
    title,
    body: fields,
    buttons: [{ label: 'Cancel' }, { label: 'Submit', style: 'primary' }],
  });
}

function inputOf(input: Part | undefined): Html {
  const textOf = (field: string): string => {
    const value = input?.[field];
    return typeof value === 'string' ? value : '';
  };
  if (input?.type === 3) {
    // Options were checked when the form was opened.
    const options = (input['options'] ?? []) as readonly {
      readonly label: string;
      readonly default?: boolean;
    }[];
    const chosen = options.find((option) => option.default === true)?.label;
    return drawInput(chosen ?? 'Make a selection', 'choice');
  }
  if (input?.type === 4)
    return drawInput(textOf('value') || textOf('placeholder'), input['style'] === 2 ? 'lines' : 'line');
  throw notDrawn(input?.type ?? 0);
}

function tokensOf(state: FakeState): ReadToken {
  return (token) => {
    const named = (text: string): Html => tag('span', escapeHtml(text), 'name');
    const moment = /^t:(\d+):f$/u.exec(token);
    if (moment !== null) return escapeHtml(momentOf(Number(moment[1])));
    if (token.startsWith('t:')) throw new Error(`A picture does not show dates as ${token}.`);
    if (token.startsWith('#')) return named(`#${state.channels.get(token.slice(1))?.name ?? token.slice(1)}`);
    if (/^@\d+$/u.test(token))
      return named(`@${state.users.get(token.slice(1))?.global_name ?? token.slice(1)}`);
    return undefined;
  };
}

/** «27 November 2026 10:42», as Discord's `:f` reads in Britain. */
function momentOf(seconds: number): string {
  const at = new Date(seconds * 1_000);
  const parts = { timeZone: pictureZone, day: 'numeric', month: 'long', year: 'numeric' } as const;
  const time = at.toLocaleTimeString('en-GB', { timeZone: pictureZone, hour: '2-digit', minute: '2-digit' });
  return `${at.toLocaleDateString('en-GB', parts)} ${time}`;
}

function notDrawn(type: number): Error {
  return new Error(
    `Pictures do not draw component ${String(type)}. Fix: draw it in test/fakes/discord/render-page.ts.`,
  );
}
