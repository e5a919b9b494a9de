/**
 * What the local Slack holds, as a page: messages, private ones, forms, the Home tab, and what a session shows.
 *
 * A block or an element that is not drawn is an error, so that no picture leaves out what the product says.
 */
import {
  drawButton,
  drawButtons,
  drawField,
  drawForm,
  drawInput,
  drawMessage,
  drawPage,
  drawTab,
  drawTyped,
  escapeHtml,
  html,
  join,
  shownMoment,
  tag,
} from '../drawing/draw-page.ts';
import type { Html } from '../drawing/draw-page.ts';
import { drawMarkdown } from '../drawing/draw-markdown.ts';
import type { SlackBlock } from './blocks.ts';
import type { SeenMessage, SeenView } from './seen.ts';
import { contentOf, findMessage } from './workspace.ts';
import type { Workspace } from './workspace.ts';

export interface SlackPage {
  readonly workspace: Workspace;
  readonly place: string;
  readonly shows: readonly SlackPart[];
}

export type SlackPart =
  | SeenMessage
  | SeenView
  | { readonly kind: 'typed'; readonly by: string; readonly text: string }
  /** What Slack itself shows below a thread. */
  | { readonly kind: 'session'; readonly channel: string; readonly thread: string };

type Rich = Extract<SlackBlock, { type: 'rich_text' }>['elements'][number];
type Inline = Extract<Rich, { type: 'rich_text_section' }>['elements'][number];
type Input = Extract<SlackBlock, { type: 'input' }>['element'];

export function renderSlackPage({ workspace, place, shows }: SlackPage): string {
  const draw = createDrawing(workspace);
  return drawPage({ place, parts: shows.map((part) => draw.part(part)) });
}

/** One message's or view's blocks. */
export function drawBlocks(workspace: Workspace, blocks: readonly SlackBlock[]): Html {
  return createDrawing(workspace).blocks(blocks);
}

function createDrawing(workspace: Workspace) {
  const nameOf = (id: string): string => workspace.users.get(id)?.realName ?? id;
  const channelOf = (id: string): string => `#${workspace.channels.get(id)?.name ?? id}`;

  function moment(seconds: number, format: string): string {
    const shown = shownMoment(new Date(seconds * 1_000), workspace.clock.now());
    if (format !== '{date_short_pretty} at {time}')
      throw new Error(`A picture does not show dates as ${format}.`);
    return shown;
  }

  function inline(element: Inline): Html {
    switch (element.type) {
      case 'text':
        return styled(escapeHtml(element.text), element.style);
      case 'link':
        return styled(tag('u', escapeHtml(element.text ?? element.url)), element.style);
      case 'date':
        return styled(escapeHtml(moment(element.timestamp, element.format)), element.style);
      case 'user':
        return tag('span', escapeHtml(`@${nameOf(element.user_id)}`), 'name');
      case 'channel':
        return tag('span', escapeHtml(channelOf(element.channel_id)), 'name');
      case 'broadcast':
      case 'color':
      case 'emoji':
      case 'team':
      case 'usergroup':
        throw notDrawn(element.type);
      default:
        return element satisfies never;
    }
  }

  const inlines = (elements: readonly Inline[]): Html => join(elements.map(inline));

  function rich(part: Rich): Html {
    switch (part.type) {
      case 'rich_text_section':
        return tag('div', inlines(part.elements), 'rich');
      case 'rich_text_preformatted':
        return tag('pre', inlines(part.elements));
      case 'rich_text_quote':
        return tag('blockquote', inlines(part.elements));
      case 'rich_text_list': {
        const items = join(
          part.elements.map((item) => tag('li', tag('div', inlines(item.elements), 'rich'))),
        );
        const margin = `style="margin-left:${String((part.indent ?? 0) * 20)}px"`;
        return part.style === 'ordered'
          ? html(`<ol ${margin} start="${String((part.offset ?? 0) + 1)}">${items}</ol>`)
          : html(`<ul ${margin}>${items}</ul>`);
      }
      default:
        return part satisfies never;
    }
  }

  function button(element: {
    readonly text: { readonly text: string };
    readonly style?: 'primary' | 'danger' | undefined;
  }) {
    return drawButton({
      label: element.text.text,
      ...(element.style !== undefined && { style: element.style }),
    });
  }

  function block(shown: SlackBlock): Html {
    switch (shown.type) {
      case 'header':
        return tag('div', escapeHtml(shown.text.text), 'heading');
      case 'divider':
        return html('<hr>');
      case 'rich_text':
        return join(shown.elements.map(rich));
      case 'context':
        return tag(
          'div',
          join(
            shown.elements.map((element) => {
              if (element.type === 'image') throw notDrawn('image');
              return element.type === 'mrkdwn' ? mrkdwn(element.text) : escapeHtml(element.text);
            }),
            '\n',
          ),
          'small',
        );
      case 'actions':
        return tag(
          'div',
          join(
            shown.elements.map((element) => {
              if (element.type !== 'button') throw notDrawn(element.type);
              return button(element);
            }),
          ),
          'buttons',
        );
      case 'context_actions':
        return drawButtons(
          shown.elements.flatMap((element) => {
            if (element.type !== 'feedback_buttons') throw notDrawn(element.type);
            return [element.positive_button, element.negative_button].map(({ text }) => ({
              label: text.text,
            }));
          }),
        );
      case 'input':
        return drawField({
          label: shown.label.text,
          input: input(shown.element),
          isOptional: shown.optional === true,
          ...(shown.hint !== undefined && { hint: shown.hint.text }),
        });
      case 'alert':
      case 'card':
      case 'carousel':
      case 'container':
      case 'data_table':
      case 'file':
      case 'image':
      case 'markdown':
      case 'plan':
      case 'section':
      case 'table':
      case 'task_card':
      case 'video':
        throw notDrawn(shown.type);
      default:
        return shown satisfies never;
    }
  }

  function input(element: Input): Html {
    if (element.type === 'plain_text_input')
      return drawInput(element.initial_value ?? '', element.multiline === true ? 'lines' : 'line');
    if (element.type === 'datepicker') return drawInput(element.initial_date ?? 'Select a date', 'date');
    if (element.type === 'static_select')
      return drawInput(element.initial_option?.text.text ?? 'Select an option', 'choice');
    throw notDrawn(element.type);
  }

  /** Slack's own markup: tokens in angle brackets, and words between marks. */
  function mrkdwn(text: string): Html {
    const parts = text
      .split(/(<[^<>]*>)/u)
      .map((piece) => (piece.startsWith('<') ? token(piece) : marked(piece)));
    return join(parts);
  }

  function token(piece: string): Html {
    const [target = '', label] = piece.slice(1, -1).split('|');
    if (target.startsWith('@')) return tag('span', escapeHtml(`@${nameOf(target.slice(1))}`), 'name');
    if (target.startsWith('#')) return tag('span', escapeHtml(channelOf(target.slice(1))), 'name');
    if (target.startsWith('!date^')) {
      const [, seconds = '', format = ''] = target.split('^');
      return escapeHtml(moment(Number(seconds), format));
    }
    if (target.startsWith('!')) throw notDrawn(target);
    return tag('u', escapeHtml(label ?? target));
  }

  const blocks = (shown: readonly SlackBlock[]): Html => join(shown.map(block));

  /** A card is framed: it begins with a heading. */
  function framed(shown: readonly SlackBlock[]): Html {
    const from = shown.findIndex(({ type }) => type === 'header');
    if (from < 0) return blocks(shown);
    return join([blocks(shown.slice(0, from)), tag('div', blocks(shown.slice(from)), 'card')]);
  }

  function message(seen: SeenMessage): Html {
    const stored = findMessage(workspace, seen.channel, seen.ts);
    if (stored === undefined) throw new Error(`There is no message ${seen.ts} to draw.`);
    const content = contentOf(stored);
    const words = content.isMarkdown
      ? drawMarkdown(content.text)
      : tag('div', content.mrkdwn ? mrkdwn(content.text) : escapeHtml(content.text), 'text');
    const hasBlocks = seen.blocks.length > 0;
    return drawMessage({
      from: nameOf(stored.user),
      isBot: stored.user === workspace.app.botUserId,
      body: join([hasBlocks && !content.isMarkdown ? html('') : words, framed(seen.blocks)]),
      isReply: seen.thread !== undefined,
      files: seen.files.map(({ name }) => name),
      reactions: seen.reactions.map((name) => `:${name}:`),
      ...(stored.ephemeralTo !== undefined && { onlyFor: nameOf(stored.ephemeralTo) }),
    });
  }

  function view(seen: SeenView): Html {
    if (seen.title === '') return drawTab('Countersign · Home', blocks(seen.blocks));
    return drawForm({
      title: seen.title,
      body: seen.blocks.map(block),
      buttons: [
        { label: 'Cancel' },
        ...(seen.submit === undefined ? [] : [{ label: seen.submit, style: 'primary' as const }]),
      ],
    });
  }

  const sessions: Readonly<Record<string, string>> = {
    processing: 'Countersign is working…  [Stop]',
    suspended: 'Countersign waits for people',
    active: '',
    closed: '',
  };

  return {
    blocks,
    part(shown: SlackPart): Html {
      switch (shown.kind) {
        case 'message':
          return message(shown);
        case 'view':
          return view(shown);
        case 'typed':
          return drawTyped(shown.by, shown.text);
        case 'session': {
          const { status = 'active' } = workspace.sessions.get(`${shown.channel}/${shown.thread}`) ?? {};
          return tag('div', escapeHtml(sessions[status] ?? status), 'state');
        }
        default:
          return shown satisfies never;
      }
    },
  };
}

function notDrawn(type: string): Error {
  return new Error(`Pictures do not draw «${type}». Fix: draw it in test/fakes/slack/render-page.ts.`);
}

interface Style {
  readonly bold?: boolean | undefined;
  readonly italic?: boolean | undefined;
  readonly strike?: boolean | undefined;
  readonly code?: boolean | undefined;
}

function styled(text: Html, { bold, italic, strike, code }: Style = {}): Html {
  const tags = [
    [code, 'code'],
    [strike, 's'],
    [italic, 'em'],
    [bold, 'b'],
  ] as const;
  return tags.reduce((inner, [isOn, name]) => (isOn === true ? tag(name, inner) : inner), text);
}

const marks = [
  [/`([^`\n]+)`/gu, 'code'],
  [/(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])/gu, 'b'],
  [/(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])/gu, 'em'],
  [/(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])/gu, 's'],
] as const;

/** Words between marks; entities stand for themselves already. */
function marked(piece: string): Html {
  return marks.reduce((text, [mark, name]) => html(text.replace(mark, `<${name}>$1</${name}>`)), html(piece));
}
