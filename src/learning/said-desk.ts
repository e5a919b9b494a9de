/** `/countersign learn` for what was said: a message or a whole thread, with the files in it. */
import type { ChatAdapter } from '../chat/adapter.ts';
import type { KnownDocument } from '../context/passage-row.ts';
import type { SaidKnowledge } from '../context/said-knowledge.ts';
import type { PassageStore } from '../context/store.ts';
import { mostFileBytes, mostFiles } from '../core/attached-file.ts';
import { AppError, describeError } from '../core/errors.ts';
import { groupBy } from '../core/group-by.ts';
import type { ChannelId } from '../core/ids.ts';
import type { SaidHistory, SaidMessage, SaidPlace } from '../core/said-message.ts';
import type { Containers } from '../memory/containers.ts';
import { operatorSight, workspaceOf } from '../memory/sight.ts';
import type { OperatorSight } from '../memory/sight.ts';
import { isLearnRequest } from './learn-request.ts';

/** Where messages are asked for. */
export type Platform = Pick<ChatAdapter, 'name' | 'readFile'> & { readonly history?: SaidHistory };

export interface SaidDesk {
  /** What a link or an id leads to; undefined for what is no message of a connected platform. */
  find(written: string): Promise<SaidPlace | undefined>;
  /** Answers what the person reads. */
  learn(here: ChannelId, place: SaidPlace, isWhole: boolean): Promise<string>;
  /** One line for each message and thread that was learnt for this channel. */
  list(here: ChannelId): Promise<readonly string[]>;
  /** Undefined when nothing was learnt of it. */
  forget(here: ChannelId, written: string): Promise<string | undefined>;
}

export interface SaidDeskOptions {
  readonly knowledge: SaidKnowledge;
  readonly store: PassageStore;
  readonly containers: Containers;
  platforms(): readonly Platform[];
  /** New passages are there: vectors are made in the background. */
  onKept(sight: OperatorSight): void;
}

export function createSaidDesk(options: SaidDeskOptions): SaidDesk {
  const { knowledge, store, containers } = options;

  function platformOf(channel: ChannelId): Platform | undefined {
    return options.platforms().find(({ name }) => channel.startsWith(`${name}:`));
  }

  async function find(written: string): Promise<SaidPlace | undefined> {
    for (const { history } of options.platforms()) {
      const place = await history?.find(written);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** Whoever reads here reads there as well, or it is not told that there is anything. */
  async function mayBeReadFrom(here: ChannelId, channel: ChannelId): Promise<boolean> {
    if (here === channel) return true;
    if (workspaceOf(here) !== workspaceOf(channel)) return false;
    const { open } = await containers.audienceOf({ channel: here }, [channel]);
    return open.includes(channel);
  }

  async function read(place: SaidPlace, isWhole: boolean): Promise<readonly SaidMessage[]> {
    const history = platformOf(place.channel)?.history;
    if (place.kind === 'thread' || isWhole) return (await history?.readThread(place.thread)) ?? [];
    const message = await history?.readMessage(place.source);
    return message === undefined ? [] : [message];
  }

  async function keepFiles(
    sight: OperatorSight,
    message: SaidMessage,
    root: string,
  ): Promise<{ readonly kept: number; readonly refused: readonly string[] }> {
    const refused: string[] = [];
    let kept = 0;
    for (const { reference, name, size } of message.files.slice(0, mostFiles)) {
      try {
        if (size > mostFileBytes) throw new AppError('document.unreadable', 'it is larger than 10 MB');
        const bytes = await platformOf(message.channel)?.readFile?.(reference, mostFileBytes);
        if (bytes === undefined) throw new AppError('document.unreadable', 'files are not handed out here');
        const source = { root, isTrusted: false, fewestCharacters: 1 };
        await knowledge.keepFile(sight, message, source, { reference, name, bytes });
        kept += 1;
      } catch (error) {
        if (!(error instanceof AppError) || error.isRetryable) throw error;
        refused.push(
          `I cannot read ${name}: ${describeError(error).replace(/^document\.unreadable: /u, '')}`,
        );
      }
    }
    return { kept, refused };
  }

  async function learnAll(root: string, messages: readonly SaidMessage[]): Promise<string> {
    const meant = messages.filter(
      ({ text, files, hidden }) => hidden === undefined && (!isLearnRequest(text) || files.length > 0),
    );
    let words = 0;
    let files = 0;
    const refused: string[] = [];
    for (const found of meant) {
      const message = isLearnRequest(found.text) ? { ...found, text: '' } : found;
      const sight = operatorSight(workspaceOf(message.channel));
      const source = { root, isTrusted: false, fewestCharacters: 1 };
      const kept = await knowledge.keep(sight, message, source);
      if (kept === 'unchanged' ? message.text !== '' : kept > 0) words += 1;
      const taken = await keepFiles(sight, message, root);
      files += taken.kept;
      refused.push(...taken.refused);
      options.onKept(sight);
    }
    const problems = refused.length === 0 ? '' : `\n${refused.join('\n')}`;
    if (words + files === 0)
      return `There is nothing to learn: I see no words there and no file that I can read. On Discord I see words only in messages that name me, in one that is chosen in its menu («Let Countersign learn this»), and elsewhere when «Message Content Intent» is switched on.${problems}`;
    return `Learnt: ${countOf(words, files)}. Answers in this channel may be made of it, and elsewhere where everybody may read this channel. When a message is edited or deleted, what I learnt of it follows. Nobody vouches for it: a run that reads it asks before it changes anything.${problems}`;
  }

  async function documentsOf(here: ChannelId): Promise<readonly KnownDocument[]> {
    const found = await store.listDocuments(operatorSight(workspaceOf(here)));
    return found.filter(({ said, channel, root }) => said !== undefined && channel === here && root !== here);
  }

  return {
    find,
    async learn(here, place, isWhole) {
      if (!(await mayBeReadFrom(here, place.channel)))
        return 'That stands where not everybody here reads. Let me learn it there.';
      const root = place.kind === 'thread' || isWhole ? place.thread : place.source;
      if (place.kind === 'message') {
        const known = await store.listDocuments(operatorSight(workspaceOf(place.channel)), place.source);
        if (known.some((document) => document.root === place.channel))
          return 'I know it already: what is said in that channel becomes knowledge as it comes.';
      }
      let messages: readonly SaidMessage[];
      try {
        messages = await read(place, isWhole);
      } catch (error) {
        if (!(error instanceof AppError) || error.isRetryable) throw error;
        return 'I cannot read that. I may not be in its channel: invite me there first.';
      }
      if (messages.length === 0) return 'I find no message of a person there. It may be gone.';
      return learnAll(root, messages);
    },
    async list(here) {
      const byRoot = groupBy(await documentsOf(here), ({ root }) => root);
      return [...byRoot.values()].map((documents) => {
        const [first] = documents;
        const files = documents.filter(({ source }) => source.includes('#')).length;
        return `- ${first?.title ?? ''} (${countOf(documents.length - files, files)}): ${first?.said?.link ?? ''}`;
      });
    },
    async forget(here, written) {
      const place = await find(written);
      if (place === undefined) return undefined;
      const wanted: readonly string[] =
        place.kind === 'thread' ? [place.thread] : [place.source, place.thread];
      const gone = (await documentsOf(here)).filter(({ root }) => wanted.includes(root));
      if (gone.length === 0) return undefined;
      await store.removeDocuments(
        operatorSight(workspaceOf(here)),
        gone.map(({ source }) => source),
      );
      return 'Forgotten, with every passage that was made of it.';
    },
  };
}

function countOf(words: number, files: number): string {
  const parts = [
    ...(words === 0 ? [] : [words === 1 ? 'one message' : `${String(words)} messages`]),
    ...(files === 0 ? [] : [files === 1 ? 'one file' : `${String(files)} files`]),
  ];
  return parts.join(' and ');
}
