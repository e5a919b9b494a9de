/**
 * What the local platforms hold, drawn as one page of HTML: the frame that both share.
 *
 * The look is plain and our own. It shows what stands where and what can be pressed, not how a platform's client
 * looks.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** HTML that is ready: made of fixed tags and escaped text alone. */
export type Html = string & { readonly __html: unique symbol };

export interface DrawnMessage {
  readonly from: string;
  readonly isBot: boolean;
  readonly body: Html;
  /** The one person who sees it. */
  readonly onlyFor?: string;
  readonly isReply?: boolean;
  readonly files?: readonly string[];
  readonly reactions?: readonly string[];
}

export interface DrawnField {
  readonly label: string;
  readonly input: Html;
  readonly hint?: string;
  readonly isOptional: boolean;
}

export interface DrawnButton {
  readonly label: string;
  readonly style?: 'primary' | 'danger';
  readonly isDisabled?: boolean;
}

/** Moments are shown in this zone, as the pictures' readers would in theirs. */
export const pictureZone = 'UTC';

export function escapeHtml(text: string): Html {
  const shown = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return html(shown);
}

/** Only for text whose every part was escaped or is a tag of ours. */
export function html(text: string): Html {
  // The brand exists for the compiler alone.
  return text as Html;
}

export function join(parts: readonly Html[], between = ''): Html {
  return html(parts.join(between));
}

export function tag(name: string, body: Html, className = ''): Html {
  return html(`<${name}${className === '' ? '' : ` class="${className}"`}>${body}</${name}>`);
}

/** A moment with its day by name where it is near. */
export function shownMoment(at: Date, now: Date): string {
  const day = (date: Date): string => date.toLocaleDateString('en-CA', { timeZone: pictureZone });
  const time = at.toLocaleTimeString('en-GB', { timeZone: pictureZone, hour: '2-digit', minute: '2-digit' });
  const names = [
    ['today', 0],
    ['tomorrow', 1],
    ['yesterday', -1],
  ] as const;
  const near = names.find(([, days]) => day(at) === day(new Date(now.getTime() + days * 86_400_000)));
  const date = at.toLocaleDateString('en-GB', {
    timeZone: pictureZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  return `${near?.[0] ?? date} at ${time}`;
}

export function drawButton({ label, style, isDisabled = false }: DrawnButton): Html {
  return tag('span', escapeHtml(label), ['button', style ?? '', isDisabled ? 'off' : ''].join(' ').trim());
}

export function drawButtons(buttons: readonly DrawnButton[]): Html {
  return tag('div', join(buttons.map(drawButton)), 'buttons');
}

export function drawMessage(message: DrawnMessage): Html {
  const { from, isBot, body, onlyFor, files = [], reactions = [] } = message;
  const head = join([
    tag('b', escapeHtml(from)),
    isBot ? tag('span', escapeHtml('app'), 'mark') : html(''),
    onlyFor === undefined ? html('') : tag('span', escapeHtml(`only ${onlyFor} sees this`), 'private'),
  ]);
  const below = [
    ...files.map((name) => tag('span', escapeHtml(`📎 ${name}`), 'file')),
    ...reactions.map((name) => tag('span', escapeHtml(name), 'file')),
  ];
  const classes = ['message', message.isReply === true ? 'reply' : '', onlyFor === undefined ? '' : 'hidden'];
  return html(
    `<div class="${classes.join(' ').trim()}"><div class="face${isBot ? ' bot' : ''}">${escapeHtml(from.slice(0, 1))}</div>` +
      `<div class="said"><div class="head">${head}</div>${body}${tag('div', join(below), 'below')}</div></div>`,
  );
}

/** What a person types: commands leave no message that anybody could see. */
export function drawTyped(by: string, text: string): Html {
  return html(
    `<div class="typed"><span>${escapeHtml(`${by} writes`)}</span><code>${escapeHtml(text)}</code></div>`,
  );
}

export function drawForm(form: {
  readonly title: string;
  readonly body: readonly Html[];
  readonly buttons: readonly DrawnButton[];
}): Html {
  return html(
    `<div class="form"><div class="title">${escapeHtml(form.title)}</div>${join(form.body)}` +
      `<div class="foot">${drawButtons(form.buttons)}</div></div>`,
  );
}

export function drawField({ label, input, hint, isOptional }: DrawnField): Html {
  return html(
    `<div class="field"><div class="label">${escapeHtml(label)}${isOptional ? '<i> (optional)</i>' : ''}</div>` +
      `${input}${hint === undefined ? '' : tag('div', escapeHtml(hint), 'small')}</div>`,
  );
}

/** An input that holds this text. */
export function drawInput(text: string, sort: 'line' | 'lines' | 'choice' | 'date'): Html {
  const arrow =
    sort === 'choice'
      ? '<span class="arrow">▾</span>'
      : sort === 'date'
        ? '<span class="arrow">▦</span>'
        : '';
  return html(`<div class="input ${sort}">${text === '' ? '&nbsp;' : escapeHtml(text)}${arrow}</div>`);
}

export function drawTab(title: string, body: Html): Html {
  return html(`<div class="tab"><div class="title">${escapeHtml(title)}</div>${body}</div>`);
}

export interface Page {
  /** Where this is: «#finance», a person's own tab. */
  readonly place: string;
  readonly parts: readonly Html[];
}

const files = createRequire(import.meta.url);
const font = (weight: 400 | 600): string => {
  const bytes = readFileSync(
    files.resolve(`@fontsource/inter/files/inter-latin-${String(weight)}-normal.woff2`),
  );
  return `@font-face{font-family:Inter;font-weight:${String(weight)};src:url(data:font/woff2;base64,${bytes.toString('base64')})}`;
};

export function drawPage({ place, parts }: Page): string {
  return `<!doctype html><meta charset="utf-8"><style>${font(400)}${font(600)}${looks}</style>
<body><main><div class="place">${escapeHtml(place)}</div>${join(parts)}</main></body>`;
}

const looks = `
*{box-sizing:border-box}
body{margin:0;background:#eef0f2;font:14px/1.5 Inter,"DejaVu Sans",sans-serif;color:#1d2126;width:720px}
main{margin:12px;background:#fff;border:1px solid #d5d9de;border-radius:10px;padding-bottom:12px;overflow:hidden}
.place{padding:9px 18px;border-bottom:1px solid #e3e6ea;font-weight:600;color:#4a525b;margin-bottom:8px}
.message{display:flex;gap:12px;padding:7px 18px}
.message.reply{padding-left:34px}
.message.hidden{background:#f6f7f9;margin:4px 10px;padding:8px 8px;border:1px dashed #b9c0c8;border-radius:8px}
.message.reply.hidden{margin-left:26px}
.face{flex:none;width:34px;height:34px;border-radius:50%;background:#c8d6cf;color:#23443a;font-weight:600;text-align:center;line-height:34px}
.face.bot{background:#2f4a5c;color:#fff;border-radius:8px}
.said{flex:1;min-width:0}
.head b{font-weight:600}
.mark{font-size:11px;background:#e6e9ec;border-radius:4px;padding:1px 5px;margin-left:6px;color:#4a525b}
.private{font-size:12px;color:#5b6570;margin-left:10px;font-style:italic}
.text,.rich{white-space:pre-wrap;overflow-wrap:anywhere}
.card{border:1px solid #d5d9de;border-left:4px solid #b6bec7;border-radius:8px;padding:9px 14px;margin:3px 0}
.heading{font-weight:600;font-size:16px;overflow-wrap:anywhere}
.tab .heading{margin-top:14px}
.card b,.card strong{line-height:1.55}
.small{font-size:12px;color:#5b6570;white-space:pre-wrap;overflow-wrap:anywhere}
b,strong{font-weight:600}
code{font:12.5px/1.45 "DejaVu Sans Mono",monospace;background:#eff1f3;border:1px solid #e0e4e8;border-radius:4px;padding:0 4px}
pre{font:12.5px/1.45 "DejaVu Sans Mono",monospace;background:#f5f6f8;border:1px solid #e0e4e8;border-radius:6px;padding:7px 10px;margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere}
blockquote{margin:0;padding:1px 0 1px 10px;border-left:3px solid #ccd2d8;white-space:pre-wrap}
ul,ol{margin:2px 0;padding-left:24px}
hr{border:0;border-top:1px solid #e3e6ea;margin:10px 0}
.name{background:#e7f0f6;color:#22577a;border-radius:4px;padding:0 3px}
.buttons{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0 2px}
.button{border:1px solid #b9c0c8;border-radius:6px;padding:4px 12px;font-weight:600;font-size:13px;background:#fff}
.button.primary{background:#25604a;border-color:#25604a;color:#fff}
.button.danger{background:#fff;border-color:#b3372f;color:#b3372f}
.button.off{color:#9aa2ab;border-color:#dde1e5}
.below:empty{display:none}
.file{display:inline-block;border:1px solid #d5d9de;border-radius:6px;padding:3px 10px;margin:4px 6px 0 0;font-size:13px}
.typed{margin:6px 18px;padding:7px 10px;border:1px solid #d5d9de;border-radius:8px;display:flex;gap:10px;align-items:baseline}
.typed span{color:#5b6570;font-size:12px;white-space:nowrap}
.typed code{background:none;border:0;padding:0;overflow-wrap:anywhere}
.form{width:520px;margin:8px auto 4px;border:1px solid #c3c9d0;border-radius:10px;padding:14px 18px}
.form .title,.tab .title{font-weight:600;font-size:16px;margin-bottom:8px}
.form .foot .buttons{justify-content:flex-end}
.field{margin:10px 0}
.label{font-weight:600;font-size:13px;margin-bottom:3px}
.label i{font-weight:400;color:#5b6570;font-style:normal}
.input{border:1px solid #b9c0c8;border-radius:6px;padding:5px 10px;white-space:pre-wrap;overflow-wrap:anywhere;position:relative}
.input.lines{min-height:64px}
.arrow{position:absolute;right:10px;color:#5b6570}
.tab{padding:4px 18px}
.state{margin:6px 18px 0 64px;font-size:12px;color:#5b6570}
`;
