/**
 * Everything thrown on purpose is an AppError with a code from this table.
 *
 * `retry` says whether a run may try again by itself; `tell` is what people in a thread read and holds no secrets.
 */
export const errorTable = {
  'config.invalid': { retry: 'never', tell: 'The bot is not set up correctly. An operator has been told.' },
  'people.invalid': { retry: 'never', tell: 'The list of people has a mistake. An operator has been told.' },
  'policy.invalid': { retry: 'never', tell: 'The policy has a mistake. An operator has been told.' },
  'store.unavailable': {
    retry: 'backoff',
    tell: 'I cannot reach my memory right now. I will go on by myself.',
  },
  'store.corrupt': { retry: 'never', tell: 'My records do not add up. An operator has been told.' },
  'ingress.overloaded': {
    retry: 'backoff',
    tell: 'I have too much to do right now and did not take this in. Send it again in a few seconds.',
  },
  'ledger.unknown-event': {
    retry: 'backoff',
    tell: 'A newer version of me wrote this. I leave it to that one.',
  },
  'ledger.tampered': { retry: 'never', tell: 'The record of this run was altered. I have stopped.' },
  'model.overloaded': { retry: 'backoff', tell: 'The model is busy. I will try again shortly.' },
  'model.unavailable': {
    retry: 'backoff',
    tell: 'The model does not answer. I keep your request and try again.',
  },
  'model.refused': { retry: 'never', tell: 'The model declined this request.' },
  'model.rejected': {
    retry: 'never',
    tell: 'The model did not accept the request. An operator has been told.',
  },
  'model.garbled': { retry: 'backoff', tell: 'The model gave an answer I cannot use. I will try again.' },
  'tool-server.unreachable': { retry: 'backoff', tell: 'I cannot reach that tool right now.' },
  'tool.unknown': { retry: 'never', tell: 'There is no such tool.' },
  'tool.arguments-invalid': { retry: 'never', tell: 'That call does not fit the tool.' },
  'chat.unavailable': {
    retry: 'backoff',
    tell: 'I cannot reach the chat right now. I will go on by myself.',
  },
  'chat.refused': {
    retry: 'never',
    tell: 'The chat does not accept this message. An operator has been told.',
  },
  'chat.parked': {
    retry: 'never',
    tell: 'The chat takes nothing here until an operator mends it. An operator has been told.',
  },
  'workflow.unknown': { retry: 'never', tell: 'There is no such workflow.' },
  'workflow.failed': {
    retry: 'never',
    tell: 'Something went wrong in this workflow. An operator has been told.',
  },
  'workflow.duplicate-key': {
    retry: 'never',
    tell: 'This workflow uses one step name twice. An operator has been told.',
  },
  'workflow.changed': {
    retry: 'never',
    tell: 'This workflow was changed while it ran. An operator has been told.',
  },
  'embedder.unavailable': {
    retry: 'backoff',
    tell: 'I cannot compare meanings right now; I go by words.',
  },
  'embedder.rejected': {
    retry: 'never',
    tell: 'I cannot compare meanings; I go by words. An operator has been told.',
  },
  'document.unreadable': { retry: 'never', tell: 'I cannot read that document.' },
  'memory.misplaced': {
    retry: 'never',
    tell: 'That memory belongs elsewhere. Nothing was kept.',
  },
  'step.failed': {
    retry: 'never',
    tell: 'A step of this workflow failed again and again. An operator has been told.',
  },
  'json.refused': { retry: 'never', tell: 'That value cannot be sent exactly as it was written.' },
  internal: { retry: 'never', tell: 'Something went wrong here. An operator has been told.' },
} as const satisfies Record<string, { retry: 'never' | 'backoff'; tell: string }>;

export type ErrorCode = keyof typeof errorTable;

export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }

  get tell(): string {
    return errorTable[this.code].tell;
  }

  get isRetryable(): boolean {
    return errorTable[this.code].retry === 'backoff';
  }
}

/** What an operator reads about anything thrown: the message, and the messages of its causes that say more. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : describeError(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}
