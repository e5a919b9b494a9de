/** A chat platform in memory: keeps what was posted, refuses a second post under one marker, and loses answers on request. */
import { z } from 'zod';
import type { AdapterDefinition, InboundSink, ShownItem } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';

export interface PlainPlatform {
  readonly definition: AdapterDefinition;
  sink(): InboundSink;
  /** What a person sees: one entry per message, as last edited. */
  messages(): readonly ShownItem[];
  posts(): number;
  /** What was said to one person alone: account and words. */
  readonly told: (readonly [account: string, text: string])[];
  /** The next post arrives, and its answer is lost. */
  loseNextAnswer(): void;
  goDown(isDown: boolean): void;
  /** Posts are taken and not answered, until it is called with false. */
  hang(isHanging: boolean): void;
}

export function aPlainPlatform(name: string): PlainPlatform {
  const shown = new Map<string, { marker: string; item: ShownItem }>();
  const told: (readonly [string, string])[] = [];
  let current: InboundSink | undefined;
  let posts = 0;
  let isLosing = false;
  let isDown = false;
  let answering = Promise.resolve();
  let goOn = (): void => undefined;
  const mustBeUp = (): void => {
    if (isDown) throw new AppError('chat.unavailable', 'The platform is down.');
  };
  return {
    definition: {
      name,
      env: z.object({}),
      isConfigured: () => true,
      create: () => ({
        name,
        routes: [],
        start(sink) {
          current = sink;
          return Promise.resolve();
        },
        stop: () => Promise.resolve(),
        async post(_thread, item, marker) {
          mustBeUp();
          await answering;
          if ([...shown.values()].some((message) => message.marker === marker))
            throw new Error(`${item.id} was posted twice.`);
          posts += 1;
          const reference = `m${String(posts)}`;
          shown.set(reference, { marker, item });
          if (isLosing) {
            isLosing = false;
            throw new AppError('chat.unavailable', 'The answer was lost.');
          }
          return Promise.resolve(reference);
        },
        async edit(_thread, reference, item) {
          mustBeUp();
          const message = shown.get(reference);
          if (message === undefined) throw new Error(`There is no message ${reference}.`);
          shown.set(reference, { ...message, item });
          return Promise.resolve();
        },
        findPosted: (_thread, marker) =>
          Promise.resolve([...shown].find(([, message]) => message.marker === marker)?.[0]),
        takeBack(_thread, reference, kept) {
          if (reference !== kept) shown.delete(reference);
          return Promise.resolve();
        },
        async sayDirectly(account, text) {
          mustBeUp();
          told.push([account, text]);
          return Promise.resolve();
        },
        status: () => ({ state: 'ok', detail: 'in memory' }),
      }),
    },
    sink() {
      if (current === undefined) throw new Error('The adapter was not started.');
      return current;
    },
    messages: () => [...shown.values()].map((message) => message.item),
    posts: () => posts,
    told,
    loseNextAnswer() {
      isLosing = true;
    },
    goDown(value) {
      isDown = value;
    },
    hang(isHanging) {
      goOn();
      answering = isHanging ? new Promise((resolve) => (goOn = resolve)) : Promise.resolve();
    },
  };
}
