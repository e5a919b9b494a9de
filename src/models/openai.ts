/**
 * Any server that speaks chat completions: OpenAI, Azure, Ollama, vLLM and others.
 *
 * Plain fetch, because the official client's stream helper turns away what many of these servers send.
 */
import { createParser } from 'eventsource-parser';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Logger } from '../core/logger.ts';
import type { Model, ModelAnswer } from './model.ts';
import { createOpenAiAccumulator } from './openai-accumulator.ts';
import type { OpenAiAccumulator } from './openai-accumulator.ts';
import { toOpenAiBody } from './openai-request.ts';
import { createRedact, parseBaseUrl, quote, redactError } from './redact.ts';
import type { Redact } from './redact.ts';
import { askWithRetries, defaultRetryLimits, readRetryAfter } from './retry.ts';
import type { Attempt, Failure, RetryLimits, Watch } from './retry.ts';

export interface OpenAiOptions {
  readonly modelId: string;
  /** Servers on one's own machine need none. */
  readonly apiKey?: string;
  /** Up to and including `/v1`; a query in it is kept. */
  readonly baseUrl?: string;
  /** The server takes images; OpenAI's own always do. */
  readonly images?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<RetryLimits>;
}

const ownHosts = /(^|\.)(openai\.com|openai\.azure\.com)$/u;

export function createOpenAiModel(options: OpenAiOptions): Model {
  const { modelId, apiKey, clock, logger } = options;
  const name = `openai/${modelId}`;
  const url = parseBaseUrl(options.baseUrl ?? 'https://api.openai.com/v1', 'OPENAI_BASE_URL');
  url.pathname = `${url.pathname.replace(/\/+$/u, '')}/chat/completions`;
  const isOwn = ownHosts.test(url.hostname);
  const takesImages = isOwn || options.images === true;
  const lengthField = isOwn ? 'max_completion_tokens' : 'max_tokens';
  const limits = { ...defaultRetryLimits, ...options.limits };
  const redact = createRedact([apiKey]);
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };

  return {
    name,
    takesImages,
    ask(request) {
      const asked = { modelId, model: name, lengthField, takesImages } as const;
      const body = JSON.stringify(toOpenAiBody(request, asked));
      const attempt = async (watch: Watch): Promise<Attempt> => {
        const accumulator = createOpenAiAccumulator();
        const context: Context = { name, redact, watch, now: clock.now() };
        try {
          const response = await fetch(url, { method: 'POST', headers, body, signal: watch.signal });
          watch.heard();
          if (!response.ok) return await refusedAttempt(response, context);
          const reported = await readAnswer(response, accumulator, watch);
          if (reported !== undefined && !accumulator.isFinished()) {
            return { kind: 'failed', failure: classifyReport(undefined, reported, context) };
          }
        } catch (error) {
          // After the finish reason only the count of tokens is missing.
          if (!accumulator.isFinished()) return { kind: 'failed', failure: classifyBreak(error, context) };
        }
        try {
          const answer = accumulator.answer(name, body.length);
          logger.debug('model.answered', { model: name, stop: answer.stop, ...answer.usage });
          return { kind: 'answered', answer };
        } catch (error) {
          const cause = redactError(error, redact);
          const message = `${name} sent a broken answer: ${cause.message}`;
          return { kind: 'failed', failure: { code: 'model.garbled', message, cause, mayRetry: true } };
        }
      };
      return askWithRetries({ model: name, clock, logger, limits, request, attempt });
    },
  };
}

/** Feeds the whole body to the accumulator. Returns an error that the server put into the stream. */
async function readAnswer(
  response: Response,
  accumulator: OpenAiAccumulator,
  watch: Watch,
): Promise<JsonObject | undefined> {
  const state: { reported?: JsonObject; isDone: boolean } = { isDone: false };
  const take = (text: string): void => {
    const chunk = parseChunk(text);
    if (isJsonObject(chunk['error'])) state.reported ??= chunk['error'];
    const piece = accumulator.add(chunk);
    if (piece !== '') watch.text(piece);
  };
  // Some servers and proxies do not stream and send the completion in one piece.
  if (response.headers.get('content-type')?.includes('application/json') === true) {
    take(await response.text());
    return state.reported;
  }
  if (response.body === null) return undefined;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data === '[DONE]') state.isDone = true;
      else if (data.trim() !== '') take(data);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    watch.heard();
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (state.reported !== undefined || (state.isDone && !accumulator.isFinished())) return state.reported;
    if (state.isDone) watch.completed();
  }
  // A last event without its empty line still counts.
  parser.feed(`${decoder.decode()}\n\n`);
  return state.reported;
}

function parseChunk(text: string): JsonObject {
  let chunk: Json;
  try {
    // JSON.parse yields exactly the Json type.
    chunk = JSON.parse(text) as Json;
  } catch (cause) {
    throw new AppError('model.garbled', 'An event is not JSON.', { cause });
  }
  if (!isJsonObject(chunk)) throw new AppError('model.garbled', 'An event is not a JSON object.');
  return chunk;
}

interface Context {
  readonly name: string;
  readonly redact: Redact;
  readonly watch: Watch;
  readonly now: Date;
}

async function refusedAttempt(response: Response, context: Context): Promise<Attempt> {
  const text = await response.text().catch(() => '');
  let report: JsonObject = { message: text };
  try {
    const body = parseChunk(text);
    if (isJsonObject(body['error'])) report = body['error'];
    else if (typeof body['error'] === 'string') report = { message: body['error'] };
    else report = body;
  } catch {
    // Not every gateway answers in JSON; then its text is the report.
  }
  if (report['code'] === 'context_length_exceeded')
    return { kind: 'answered', answer: contextFull(context.name) };
  return { kind: 'failed', failure: classifyReport(response, report, context) };
}

/** The prompt does not fit: no error of the request, but a stop the agent can deal with. */
function contextFull(model: string): ModelAnswer {
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  return { text: '', calls: [], stop: 'context-full', usage, model };
}

/** Sorts an error that the server told us about, by status, or by code and type inside a stream. */
function classifyReport(response: Response | undefined, report: JsonObject, context: Context): Failure {
  const { name, redact, now } = context;
  const said = quote(
    typeof report['message'] === 'string' ? report['message'] : JSON.stringify(report),
    redact,
  );
  const cause = new Error(said);
  const retryAfterMs = readRetryAfter(response?.headers, now);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const marks = [report['code'], report['type']].filter(
    (mark) => typeof mark === 'string' || typeof mark === 'number',
  );
  const has = (...wanted: readonly (string | number)[]): boolean =>
    marks.some((mark) => wanted.includes(mark));
  const status = response?.status ?? Number(marks.find((mark) => Number(mark) >= 400) ?? 500);
  const rejected = (advice: string): Failure => {
    return {
      code: 'model.rejected',
      message: `${name} rejected the request: ${said} ${advice}`,
      cause,
      mayRetry: false,
    };
  };
  if (has('insufficient_quota') || status === 402) {
    const message = `${name} is not paid for: ${said} Check the plan and its limits.`;
    return { code: 'model.unavailable', message, cause, mayRetry: false };
  }
  if (
    status === 429 ||
    status === 529 ||
    has('rate_limit_exceeded', 'overloaded_error', 'server_overloaded')
  ) {
    return { code: 'model.overloaded', message: `${name} is busy: ${said}`, cause, mayRetry: true, ...wait };
  }
  if (status === 503) {
    return {
      code: 'model.overloaded',
      message: `${name} is overloaded: ${said}`,
      cause,
      mayRetry: true,
      ...wait,
    };
  }
  if (status === 408 || status === 409 || status >= 500) {
    // Inside a stream a wrong request has a type but no status.
    if (response === undefined && has('invalid_request_error')) return rejected('Check the request.');
    return { code: 'model.unavailable', message: `${name} failed: ${said}`, cause, mayRetry: true, ...wait };
  }
  if (status === 401 || status === 403) return rejected('Check OPENAI_API_KEY and what it may use.');
  if (status === 404) return rejected('Check the model in MODEL and OPENAI_BASE_URL.');
  return rejected('Check the request and the model in MODEL.');
}

/** Sorts a connection that failed or broke, and a stream that made no sense. */
function classifyBreak(error: unknown, { name, redact, watch }: Context): Failure {
  const silence = watch.expired();
  const cause = redactError(error, redact);
  if (silence !== undefined) {
    const message = `${name} does not answer: ${silence}. Check the network and OPENAI_BASE_URL.`;
    return { code: 'model.unavailable', message, cause: new Error(silence), mayRetry: true };
  }
  if (error instanceof AppError && error.code === 'model.garbled') {
    return {
      code: 'model.garbled',
      message: `${name} sent a broken answer: ${cause.message}`,
      cause,
      mayRetry: true,
    };
  }
  const message = `The connection to ${name} broke: ${cause.message}. Check the network and OPENAI_BASE_URL.`;
  return { code: 'model.unavailable', message, cause, mayRetry: true };
}
