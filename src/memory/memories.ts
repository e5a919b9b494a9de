/**
 * Memories: kept, found, corrected and forgotten, always for one audience.
 *
 * A memory is judged before it is kept: too short, too long or known already costs nothing but an answer. A correction
 * supersedes; nothing is overwritten, and nothing of another container is ever superseded.
 */
import type { Clock } from '../core/clock.ts';
import { newMemoryId } from '../core/ids.ts';
import type { ActorId, CallId, MemoryId, RunId } from '../core/ids.ts';
import type { Containers, Reading } from './containers.ts';
import { sayingOf, saysTheSame } from './likeness.ts';
import { heldFrom, isCurrent } from './memory-row.ts';
import type { Memory, MemoryKind, MemoryScope } from './memory-row.ts';
import { mayUse, workspaceOf } from './sight.ts';
import type { Audience, Sight } from './sight.ts';
import type { Derived, MemoryFilter, MemoryStore, SourceIndex } from './store.ts';

export interface MemoryDraft {
  readonly id: MemoryId;
  readonly kind: MemoryKind;
  readonly scope: MemoryScope;
  readonly text: string;
  readonly author: ActorId;
  readonly around: string;
  readonly run?: RunId;
  readonly call?: CallId;
  readonly validUntil?: number;
  readonly supersedes?: MemoryId;
  readonly taintedBy?: string;
  readonly vouched?: Memory['vouched'];
}

export type Held =
  | { readonly kind: 'held'; readonly memory: Memory; readonly replaces?: Memory }
  | Exclude<Kept, { readonly kind: 'kept' }>;

export type Kept =
  | { readonly kind: 'kept'; readonly memory: Memory }
  /** It is kept already, in these or nearly these words. */
  | { readonly kind: 'known'; readonly memory: Memory }
  | { readonly kind: 'refused'; readonly why: string };

export interface Memories {
  audienceOf(reading: Reading): Promise<Audience>;
  /** Keeps it in the audience's own channel. The same id twice is one memory. */
  keep(audience: Audience, draft: MemoryDraft): Promise<Kept>;
  /** Puts it by until a person keeps or drops it; meanwhile nobody is told of it, and nothing is superseded. */
  hold(audience: Audience, draft: MemoryDraft): Promise<Held>;
  findHeld(audience: Audience, id: MemoryId): Promise<Memory | undefined>;
  /** Current memories, looked at again on the live record. */
  read(audience: Audience, ids: readonly MemoryId[]): Promise<readonly Memory[]>;
  list(sight: Sight, filter: MemoryFilter): Promise<readonly Memory[]>;
  /** What forgetting would take along; undefined for what is not there, or not for this audience. */
  findDerived(sight: Sight, id: MemoryId): Promise<Derived | undefined>;
  forget(sight: Sight, id: MemoryId): Promise<readonly Memory[]>;
  /** What stands in the place of a memory after all corrections: itself, or the last one. */
  findCurrent(audience: Audience, id: MemoryId): Promise<Memory | undefined>;
  /** Takes one back as if it had not been kept. */
  undo(audience: Audience, id: MemoryId): Promise<boolean>;
}

export interface MemoriesOptions {
  readonly store: MemoryStore;
  readonly sources: SourceIndex;
  readonly containers: Containers;
  readonly clock: Clock;
  /** Takes secrets out of what is kept, whoever wrote it. */
  redact(text: string): string;
  /** A memory was kept: vectors are made in the background. */
  onKept(audience: Audience, memory: Memory): void;
}

export const mostCharacters = 1_000;
export const fewestCharacters = 8;
const comparedWith = 10;

export function createMemories(options: MemoriesOptions): Memories {
  const { store, containers, clock } = options;
  const now = (): number => clock.now().getTime();

  /** As it is kept. */
  const clean = (text: string): string => options.redact(text.normalize('NFC').trim());

  const asKept = (draft: MemoryDraft, text: string): MemoryDraft => ({
    ...draft,
    text,
    around: options.redact(draft.around),
  });

  /** Why a text is no memory. */
  function whyUnfit(text: string): string | undefined {
    if (text.length < fewestCharacters) return 'That is too short to mean anything later.';
    if (text.length > mostCharacters) return `One memory holds ${String(mostCharacters)} characters at most.`;
    return undefined;
  }

  async function findSame(audience: Audience, draft: MemoryDraft): Promise<Memory | undefined> {
    const { byText } = await store.search(audience, { text: draft.text, limit: comparedWith }, now());
    const wanted = sayingOf(draft.text);
    return byText.find(
      (memory) =>
        memory.channel === audience.channel &&
        memory.scope === draft.scope &&
        memory.person === personFor(draft.scope, audience) &&
        saysTheSame(sayingOf(memory.text), wanted),
    );
  }

  return {
    async audienceOf(reading) {
      return containers.audienceOf(reading, await options.sources.listSources(workspaceOf(reading.channel)));
    },
    async keep(audience, draft) {
      const text = clean(draft.text);
      const unfit = whyUnfit(text);
      if (unfit !== undefined) return { kind: 'refused', why: unfit };
      const [before] = await store.read(audience, [draft.id]);
      if (before !== undefined) return { kind: 'kept', memory: before };
      const old =
        draft.supersedes === undefined ? undefined : (await store.read(audience, [draft.supersedes]))[0];
      if (draft.supersedes !== undefined && (old === undefined || old.channel !== audience.channel))
        return { kind: 'refused', why: `There is no memory ${draft.supersedes} of this channel to correct.` };
      // A correction of what is held would tell what nobody has kept.
      if (old?.held !== undefined)
        return { kind: 'refused', why: `${old.id} is held: keep or drop it first.` };
      if (old?.supersededBy !== undefined)
        return { kind: 'refused', why: `${old.id} was corrected before, by ${old.supersededBy}.` };
      const same = await findSame(audience, { ...draft, text });
      if (same !== undefined && same.id !== draft.supersedes) return { kind: 'known', memory: same };
      const memory = toMemory(audience, asKept(draft, text), now());
      await store.save(audience, memory);
      options.onKept(audience, memory);
      return { kind: 'kept', memory };
    },
    async hold(audience, { supersedes, ...draft }) {
      const text = clean(draft.text);
      const unfit = whyUnfit(text);
      if (unfit !== undefined) return { kind: 'refused', why: unfit };
      const [old] = supersedes === undefined ? [] : await store.read(audience, [supersedes]);
      // Whoever keeps it reads what it replaces, in this channel: so that must be known to all of it.
      const isToldHere = old?.scope === 'channel' || old?.scope === 'workspace';
      const isOurs = old?.channel === audience.channel && isToldHere && isCurrent(old, now());
      const replaces = isOurs ? old : undefined;
      const same = await findSame(audience, { ...draft, text });
      if (same !== undefined && same.id !== replaces?.id) return { kind: 'known', memory: same };
      const memory: Memory = {
        ...toMemory(audience, asKept(draft, text), now()),
        validFrom: heldFrom,
        held: replaces === undefined ? {} : { replaces: replaces.id },
      };
      await store.save(audience, memory);
      return { kind: 'held', memory, ...(replaces !== undefined && { replaces }) };
    },
    async findHeld(audience, id) {
      const [memory] = await store.read(audience, [id]);
      return memory?.held === undefined ? undefined : memory;
    },
    async read(audience, ids) {
      const found = await store.read(audience, ids);
      const confirmed = await containers.confirm(
        audience,
        found.map((memory) => memory.channel),
      );
      return found.filter((memory) => mayUse(confirmed, memory) && isCurrent(memory, now()));
    },
    list: (sight, filter) => store.list(sight, filter, now()),
    findDerived: (sight, id) => store.findDerived(sight, id),
    forget: (sight, id) => store.forget(sight, id),
    async findCurrent(audience, id) {
      let [memory] = await store.read(audience, [id]);
      while (memory?.supersededBy !== undefined) [memory] = await store.read(audience, [memory.supersededBy]);
      return memory;
    },
    undo: (audience, id) => store.undo(audience, id),
  };
}

/** What stands in the place of a memory whose text somebody puts right: all the rest stays. */
export function correctionOf(
  { id, kind, scope, source, taintedBy }: Memory,
  by: { readonly author: ActorId; readonly text: string },
): MemoryDraft {
  return {
    id: newMemoryId(),
    kind,
    scope,
    ...by,
    around: source.around,
    supersedes: id,
    ...(taintedBy !== undefined && { taintedBy }),
  };
}

function personFor(scope: MemoryScope, audience: Audience): ActorId | undefined {
  return scope === 'person' ? audience.person : undefined;
}

function toMemory(audience: Audience, draft: MemoryDraft, at: number): Memory {
  const { channel, thread, workspace } = audience;
  const { id, kind, scope, text, author, around, run, call, validUntil, supersedes, taintedBy, vouched } =
    draft;
  const person = personFor(scope, audience);
  return {
    id,
    kind,
    text,
    author,
    workspace,
    channel,
    scope,
    ...(thread !== undefined && { thread }),
    ...(person !== undefined && { person }),
    source: {
      channel,
      around,
      ...(thread !== undefined && { thread }),
      ...(run !== undefined && { run }),
      ...(call !== undefined && { call }),
    },
    createdAt: at,
    validFrom: at,
    ...(validUntil !== undefined && { validUntil }),
    ...(supersedes !== undefined && { supersedes }),
    ...(taintedBy !== undefined && { taintedBy }),
    ...(vouched !== undefined && { vouched }),
  };
}
