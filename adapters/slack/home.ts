/**
 * The Home tab: what the same commands say, as one page with buttons. It is drawn when somebody opens it, after
 * everything that is pressed on it, and when something changes while it may still be looked at.
 */
import type { InboundAccount, InboundSink } from '../../src/chat/adapter.ts';
import type { Clock, Timer } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { After } from './acknowledged.ts';
import type { SlackApi } from './api.ts';
import { limits, plain } from './blocks.ts';
import type { Block } from './blocks.ts';
import { richWithMoments } from './literal.ts';
import { renderMarkdown } from './markdown.ts';
import { homeOpenedSchema } from './payloads.ts';
import { accountOf, channelId } from './places.ts';
import { renderCard } from './render-card.ts';
import { textLength, toBlocks } from './rich-text.ts';

export interface Home {
  opened(event: unknown): After | undefined;
  /** Something that a page may show has changed. */
  changed(): void;
  /** Draws a person's page anew, with what came of a press on top. Never throws. */
  show(user: string, notice: string): Promise<void>;
  stop(): void;
}

export interface HomeOptions {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly team: string;
  readonly sink: InboundSink;
}

/** What the page shows: each section is what its command says. */
const sections = [
  { title: 'Waits for you', command: 'approvals' },
  { title: 'Your runs', command: 'runs' },
  { title: 'What may run without asking', command: 'grants' },
  { title: 'Schedules', command: 'schedule' },
  { title: 'Your digest', command: 'digest' },
] as const;

/** Slack says when a page is opened, not when it is left. */
const lookedAtMs = 30 * 60_000;
const mostPages = 500;
const changesEveryMs = 2_000;
/** Slack takes 250 kB of JSON; a page that nobody reads to its end is shorter. */
const mostText = 40_000;
const blocksOfLater = 8;

interface Page {
  readonly channel: string;
  openedAt: number;
  shownHash: string;
}

export function createHome(options: HomeOptions): Home {
  const { api, clock, logger, team, sink } = options;
  const pages = new Map<string, Page>();
  let timer: Timer | undefined;
  let isStopped = false;

  async function draw(user: string, page: Page, notice: string): Promise<void> {
    const from: InboundAccount = { platform: 'slack', account: accountOf(team, user) };
    const blocks: Block[] = notice === '' ? [] : [...said(notice), { type: 'divider' }];
    let room = mostText;
    for (const [index, { title, command }] of sections.entries()) {
      const kept = (sections.length - 1 - index) * blocksOfLater;
      const { text, cards } = await sink.command(from, command, channelId(team, page.channel));
      const shown: Block[] = [
        { type: 'header', text: plain(title) },
        ...toBlocks(renderMarkdown(text)).slice(0, 5),
      ];
      let left = 0;
      for (const card of cards) {
        const next = [{ type: 'divider' } as const, ...renderCard(card)];
        const isFull = blocks.length + shown.length + next.length + 1 + kept > limits.viewBlocks;
        if (left > 0 || isFull || textLength([...shown, ...next]) > room) left += 1;
        else shown.push(...next);
      }
      if (left > 0) shown.push(...said(`… and ${String(left)} more: /countersign ${command}`));
      room -= textLength(shown);
      blocks.push(...shown);
    }
    const view = { type: 'home', blocks: blocks.slice(0, limits.viewBlocks) };
    const hash = sha256(JSON.stringify(view));
    if (page.shownHash === hash) return;
    await api.call('views.publish', { user_id: user, view });
    page.shownHash = hash;
  }

  async function redraw(user: string, notice: string): Promise<void> {
    const page = pages.get(user);
    if (page === undefined || isStopped) return;
    try {
      await draw(user, page, notice);
    } catch (error) {
      logger.warn('home.not-shown', { user, why: describeError(error) });
    }
  }

  async function redrawAll(): Promise<void> {
    const since = clock.monotonicMs() - lookedAtMs;
    for (const [user, { openedAt }] of [...pages])
      if (openedAt < since) pages.delete(user);
      else await redraw(user, '');
  }

  return {
    opened(event) {
      const parsed = homeOpenedSchema.safeParse(event);
      if (!parsed.success || parsed.data.tab !== 'home') return undefined;
      const { user, channel } = parsed.data;
      const known = pages.get(user);
      pages.delete(user);
      pages.set(user, { channel, openedAt: clock.monotonicMs(), shownHash: known?.shownHash ?? '' });
      const oldest = pages.keys().next().value;
      if (pages.size > mostPages && oldest !== undefined) pages.delete(oldest);
      return () => redraw(user, '');
    },
    changed() {
      if (pages.size === 0 || timer !== undefined || isStopped) return;
      timer = clock.after(changesEveryMs, () => {
        void redrawAll().finally(() => {
          timer = undefined;
        });
      });
    },
    show: redraw,
    stop() {
      isStopped = true;
      timer?.cancel();
    },
  };
}

function said(text: string): readonly Block[] {
  return toBlocks([{ type: 'rich_text_section', elements: richWithMoments(text, { bold: true }) }]);
}
