/** Refusals, with the server's own codes: a client must not be able to tell the difference. */
import type { Document } from 'bson';

export const mongoCodes = {
  BadValue: 2,
  UnknownError: 8,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  ConflictingUpdateOperators: 40,
  IndexNotFound: 27,
  CursorNotFound: 43,
  NamespaceExists: 48,
  CommandNotFound: 59,
  ShardKeyNotFound: 61,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  NotImplemented: 238,
  NoQueryExecutionPlans: 291,
  NotWritablePrimary: 10107,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  InterruptedDueToReplStateChange: 11602,
  OutOfDiskSpace: 14031,
  SearchNotEnabled: 31082,
  UnknownField: 40415,
  NotFirstStage: 40602,
} as const;

export type MongoCodeName = keyof typeof mongoCodes;

export class MongoRefusal extends Error {
  readonly codeName: MongoCodeName;
  /** `keyPattern` and `keyValue` of a duplicate key, labels of a step-down. */
  readonly more: Document;

  constructor(codeName: MongoCodeName, message: string, more: Document = {}) {
    super(message);
    this.codeName = codeName;
    this.more = more;
  }

  get code(): number {
    return mongoCodes[this.codeName];
  }
}
