/**
 * What a browser shows after an installation: whole without a script, in the console's look, and with what to do next.
 */
import { createHash } from 'node:crypto';
import type { HttpRouteAnswer } from '../../src/chat/http-route.ts';

export interface InstallPage {
  readonly status: number;
  readonly title: string;
  /** Paragraphs of plain text. */
  readonly texts: readonly string[];
  readonly steps?: readonly string[];
  /** Where one goes from here; an address of Slack's, or a path of ours. */
  readonly link?: { readonly label: string; readonly href: string };
}

/** A page as wide as its words, in the colours of the console. */
const style = `:root{color-scheme:light dark;--paper:#fff;--desk:#f6f5f2;--ink:#1d1c1a;--soft:#66635d;--line:#e2dfd8;--accent:#2f4bc7;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#1b1c1f;--desk:#141517;--ink:#e9e7e3;--soft:#a09d97;--line:#303237;--accent:#9db0ff;--on-accent:#12162b}}
*{box-sizing:border-box}
body{margin:0;padding:48px 16px;background:var(--desk);color:var(--ink);font:400 .9375rem/24px -apple-system,'Segoe UI',Roboto,Ubuntu,Cantarell,'Helvetica Neue',Arial,system-ui,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:560px;margin:0 auto;padding:24px;background:var(--paper);border:1px solid var(--line);border-radius:8px;overflow-wrap:anywhere}
.product{margin:0 0 8px;color:var(--soft);font-size:.8125rem;line-height:20px}
h1{margin:0 0 12px;font-size:1.375rem;line-height:28px;font-weight:650;letter-spacing:-.01em}
p{margin:0 0 12px}
ol{margin:0 0 12px;padding-left:24px}
li{margin-bottom:4px}
a{display:inline-block;margin-top:8px;padding:8px 16px;border-radius:6px;background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}
a:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
@media (max-width:480px){body{padding:16px 12px}main{padding:20px 16px}}`;

/** Nothing but this very style is let in: no script, no picture, no form, no frame around it. */
export const installHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
};

export function renderInstallPage({ status, title, texts, steps = [], link }: InstallPage): HttpRouteAnswer {
  const heading = escapeHtml(title);
  const paragraphs = texts.map((text) => `<p>${escapeHtml(text)}</p>`).join('');
  const list =
    steps.length === 0 ? '' : `<ol>${steps.map((step) => `<li>${escapeHtml(step)}</li>`).join('')}</ol>`;
  const way =
    link === undefined
      ? ''
      : `<a href="${escapeHtml(link.href)}" rel="noreferrer">${escapeHtml(link.label)}</a>`;
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...installHeaders },
    body:
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
      `<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${heading} · Countersign</title>` +
      `<style>${style}</style></head><body><main><p class="product">Countersign for Slack</p><h1>${heading}</h1>` +
      `${paragraphs}${list}${way}</main></body></html>`,
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (found) => `&#${String(found.codePointAt(0) ?? 0)};`);
}
