/** What each collection holds: one interface per sort of document. */
import type { mongo } from 'mongoose';

/** `_id` is `<stream>/<seq>`. Events and texts are JSON text: MongoDB would not keep every key and number of JSON. */
export interface CommitDocument {
  readonly _id: string;
  readonly stream: string;
  readonly seq: number;
  readonly by: string;
  readonly writer: string;
  readonly events: string;
  /** Set instead of `events` when they are long: where their parts lie. */
  readonly eventsIn?: string;
  readonly prev: string;
  readonly hash: string;
  /** The server's own time. */
  readonly landedAt: Date;
  /** Absent where there are none: not every server keeps an empty list that is set on insert. */
  readonly bodies?: readonly BodyDocument[];
  /** There while something must still follow; the time of the insert. */
  readonly pendingSince?: Date;
  /** There while its rows may not be saved yet, with the rows themselves, so that any process can save them. */
  readonly unsavedSince?: Date;
  readonly rows?: string;
}

export interface BodyDocument {
  readonly name: string;
  readonly json?: string;
  /** Set instead of `json` for a long text. */
  readonly in?: string;
}

/** A part of a long text: `_id` is `<place>/<number>`. */
export interface PartDocument {
  readonly _id: string;
  readonly place: string;
  readonly part: number;
  readonly text: string;
}

export interface RunDocument {
  readonly _id: string;
  readonly seq: number;
  readonly status: string;
  readonly workflow: string;
  readonly thread: string;
  readonly startedAt: number;
  /** Absent in documents of older versions. */
  readonly startedBy?: string;
  /** Absent in documents of older versions. */
  readonly channel?: string;
  readonly worker: string | null;
  readonly dueAt: number | null;
  readonly row: string;
}

export interface ApprovalDocument {
  readonly _id: string;
  readonly seq: number;
  readonly state: string;
  readonly tool: string;
  readonly requestedAt: number;
  /** These two are absent in documents of older versions. */
  readonly channel?: string | null;
  readonly requester?: string;
  /** Absent in documents of older versions, null until somebody decides. */
  readonly decidedBy?: string | null;
  readonly row: string;
}

export interface InboxDocument {
  readonly _id: string;
  readonly thread: string;
  /** `waiting`, or the run that has it; `command` or `answered` for a command. */
  readonly state: string;
  readonly by: string;
  readonly takenAt: Date;
  readonly writer: string;
  readonly isErased: boolean;
  readonly row: string;
}

export interface ThreadDocument {
  readonly _id: string;
  readonly channel: string;
  readonly activeRun: string | null;
  readonly startedAt: number;
  readonly startedBy: string;
  readonly isErased: boolean;
  readonly row: string;
  /** There while the first commit of `activeRun` may not have landed, with all it takes to land it. */
  readonly beginningSince?: Date;
  readonly beginning?: string;
}

export interface DeliveryDocument {
  readonly _id: string;
  readonly thread: string;
  readonly state: 'posting' | 'shown';
  readonly worker: string;
  readonly claimedAt: number;
  readonly reference?: string;
  readonly shownHash?: string;
}

/** `_id` is the row's key. */
export interface WaitDocument {
  readonly _id: string;
  readonly seq: number;
  readonly run: string;
  /** The signal's name while the wait is open. */
  readonly openName: string | null;
}

/** `_id` is the name. */
export interface InstallationDocument {
  readonly _id: string;
  readonly version: number;
  readonly sealed: string;
  readonly writer: string;
}

/** `_id` is name and id as JSON. */
export interface SignalDocument {
  readonly _id: string;
  readonly name: string;
  readonly id: string;
  readonly writer: string;
  readonly receivedAt: Date;
  /** There while some run may still have to hear of it. */
  readonly pendingSince?: Date;
  readonly row: string;
}

/** A memory or a passage. `_id` is its id, behind the version of its document where it has one. */
export interface SightedDocument {
  readonly _id: string;
  readonly id: string;
  readonly sort: 'memory' | 'passage';
  readonly workspace: string;
  readonly channel: string;
  readonly scope: string;
  readonly thread: string | null;
  readonly person: string | null;
  readonly family: string;
  readonly version?: string;
  readonly createdAt: number;
  readonly keptAt: number;
  readonly validFrom: number;
  readonly validUntil: number | null;
  readonly supersededBy: string | null;
  /** There while the row that replaces this one may not be kept yet, with that row itself. */
  readonly successorSince?: number;
  readonly successor?: string;
  readonly terms: readonly string[];
  readonly weights: readonly number[];
  readonly length: number;
  /** Of one model: another one's vector takes its place. */
  readonly vectorModel: string | null;
  readonly dims?: number;
  /** Packed as 32-bit floats, which a search server can index. */
  readonly vector?: mongo.Binary;
  /** When the vector was kept; not set on rows whose bytes were kept unpacked. */
  readonly vectoredAt?: number;
  readonly content: string;
}

/** A place that holds something. `_id` is workspace and channel as JSON. */
export interface SourceDocument {
  readonly _id: string;
  readonly workspace: string;
  readonly channel: string;
}

/** A document whose passages are kept. `_id` is workspace and source as JSON. */
export interface DocumentDocument {
  readonly _id: string;
  readonly workspace: string;
  readonly source: string;
  readonly channel: string;
  /** Of its passages; empty while none stand. */
  readonly version: string;
  /** There while passages of other versions may be. */
  readonly uncleanSince?: number;
  readonly content: string | null;
}

/** How far a channel has been read back. `_id` is workspace and channel as JSON. */
export interface ReadingDocument {
  readonly _id: string;
  readonly row: string;
}

/** `_id` is the name. */
export interface ScheduleDocument {
  readonly _id: string;
  /** `null` while it rests. */
  readonly dueAt: number | null;
  readonly row: string;
}

export interface MetaDocument {
  readonly _id: string;
  readonly value: string;
}

export interface MongoCollections {
  readonly commits: mongo.Collection<CommitDocument>;
  readonly parts: mongo.Collection<PartDocument>;
  readonly runs: mongo.Collection<RunDocument>;
  readonly approvals: mongo.Collection<ApprovalDocument>;
  readonly inbox: mongo.Collection<InboxDocument>;
  readonly threads: mongo.Collection<ThreadDocument>;
  readonly deliveries: mongo.Collection<DeliveryDocument>;
  readonly waits: mongo.Collection<WaitDocument>;
  readonly signals: mongo.Collection<SignalDocument>;
  readonly sighted: mongo.Collection<SightedDocument>;
  readonly sources: mongo.Collection<SourceDocument>;
  readonly documents: mongo.Collection<DocumentDocument>;
  readonly readings: mongo.Collection<ReadingDocument>;
  readonly schedules: mongo.Collection<ScheduleDocument>;
  readonly installations: mongo.Collection<InstallationDocument>;
  readonly meta: mongo.Collection<MetaDocument>;
}

/** Every collection of ours. */
export const collectionNames = [
  'commits',
  'parts',
  'runs',
  'approvals',
  'inbox',
  'threads',
  'deliveries',
  'installations',
  'waits',
  'signals',
  'sighted',
  'sources',
  'documents',
  'readings',
  'schedules',
  'meta',
] as const satisfies readonly (keyof MongoCollections)[];
