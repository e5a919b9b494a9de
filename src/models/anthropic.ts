/**
 * Models of Anthropic, and servers that speak its Messages API.
 *
 * The SDK only carries bytes here: retries, timeouts and putting the answer together are ours, because the
 * SDK obeys any Retry-After, does not retry an error inside a stream, and repairs what must not be repaired. It is
 * loaded with the first question, so that a bot with another model never pays for it.
 */
import type * as Sdk from '@anthropic-ai/sdk';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { createAnthropicAccumulator } from './anthropic-accumulator.ts';
import { toAnthropicParams } from './anthropic-request.ts';
import type { Model } from './model.ts';
import { createRedact, parseBaseUrl, quote, redactError } from './redact.ts';
import type { Redact } from './redact.ts';
import { askWithRetries, defaultRetryLimits, readRetryAfter } from './retry.ts';
import type { Attempt, Failure, RetryLimits, Watch } from './retry.ts';

export interface AnthropicOptions {
  readonly modelId: string;
  readonly apiKey: string;
  readonly baseUrl?: string;
  /** Lets the model think before it answers, as long as it likes. Without it the model's own default holds. */
  readonly thinking?: 'adaptive';
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<RetryLimits>;
}

export function createAnthropicModel(options: AnthropicOptions): Model {
  const { modelId, apiKey, clock, logger, thinking } = options;
  const name = `anthropic/${modelId}`;
  const baseUrl = parseBaseUrl(options.baseUrl ?? 'https://api.anthropic.com', 'ANTHROPIC_BASE_URL');
  const limits = { ...defaultRetryLimits, ...options.limits };
  const redact = createRedact([apiKey]);
  const createClient = (sdk: typeof Sdk): Sdk.Anthropic =>
    new sdk.Anthropic({
      apiKey,
      baseURL: baseUrl.href.replace(/\/+$/u, ''),
      // The SDK sends the key as a bearer token; many gateways read only this header.
      defaultHeaders: { 'x-api-key': apiKey },
      maxRetries: 0,
      timeout: limits.attemptMs,
      // Spans are made here for every provider alike; the SDK's own would count each answer twice.
      openTelemetry: false,
      // The SDK's log would print what it could not parse: answers belong to nobody's log.
      logLevel: 'off',
    });
  let opened: Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.Anthropic }> | undefined;
  const open = (): Exclude<typeof opened, undefined> =>
    (opened ??= import('@anthropic-ai/sdk').then((sdk) => ({ sdk, client: createClient(sdk) })));

  return {
    name,
    takesImages: true,
    ask(request) {
      const params = toAnthropicParams(request, {
        modelId,
        model: name,
        ...(thinking === undefined ? {} : { thinking }),
      });
      const attempt = async (watch: Watch): Promise<Attempt> => {
        const accumulator = createAnthropicAccumulator();
        let requestId: string | null = null;
        const { sdk, client } = await open();
        try {
          const heardClient = client.withOptions({ fetch: fetchAndReport(watch) });
          const { data: stream, request_id } = await heardClient.messages
            .create(params, { signal: watch.signal })
            .withResponse();
          requestId = request_id ?? null;
          for await (const event of stream) {
            const text = accumulator.add(event);
            if (text !== '') watch.text(text);
            if (accumulator.isComplete()) watch.completed();
          }
        } catch (error) {
          // A connection that breaks after the last word costs nothing.
          if (!accumulator.isComplete()) {
            const circumstances = { sdk, name, redact, watch, now: clock.now() };
            return { kind: 'failed', failure: classify(error, circumstances) };
          }
        }
        const silence = watch.expired();
        if (silence !== undefined && !accumulator.isComplete()) {
          return { kind: 'failed', failure: unanswered(name, silence) };
        }
        try {
          const answer = accumulator.answer(name);
          logger.debug('model.answered', { model: name, stop: answer.stop, requestId, ...answer.usage });
          return { kind: 'answered', answer };
        } catch (error) {
          const cause = redactError(error, redact);
          const failure: Failure = {
            code: 'model.garbled',
            message: `${name} sent a broken answer: ${cause.message}`,
            cause,
            mayRetry: true,
          };
          return { kind: 'failed', failure };
        }
      };
      return askWithRetries({ model: name, clock, logger, limits, request, attempt });
    },
  };
}

/** A fetch that tells of every chunk, pings included, which the SDK keeps to itself. */
function fetchAndReport(watch: Watch): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    watch.heard();
    if (response.body === null) return response;
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          watch.heard();
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(body, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function unanswered(name: string, why: string): Failure {
  const message = `${name} does not answer: ${why}. Check the network and ANTHROPIC_BASE_URL.`;
  return { code: 'model.unavailable', message, cause: new Error(why), mayRetry: true };
}

interface Circumstances {
  readonly sdk: typeof Sdk;
  readonly name: string;
  readonly redact: Redact;
  readonly watch: Watch;
  readonly now: Date;
}

/**
 * Sorts what went wrong. An error inside a stream has no status, only a type, so the type is looked at first.
 */
function classify(error: unknown, { sdk, name, redact, watch, now }: Circumstances): Failure {
  const silence = watch.expired();
  if (silence !== undefined) return unanswered(name, silence);
  const cause = redactError(error, redact);
  const said = cause.message;
  if (error instanceof SyntaxError) {
    return {
      code: 'model.garbled',
      message: `${name} sent an event that is not JSON.`,
      cause,
      mayRetry: true,
    };
  }
  if (!(error instanceof sdk.APIError) || error instanceof sdk.APIConnectionError) {
    return {
      code: 'model.unavailable',
      message: `The connection to ${name} broke: ${said} Check the network and ANTHROPIC_BASE_URL.`,
      cause,
      mayRetry: true,
    };
  }
  // The class's parameters are lost by `instanceof`; these are their bounds.
  const { status, headers } = error as Sdk.APIError;
  const text = quote(error.apiMessage ?? error.message, redact);
  const retryAfterMs = readRetryAfter(headers, now);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const isForbidden = headers?.get('x-should-retry') === 'false';
  const rejected = (advice: string): Failure => {
    return {
      code: 'model.rejected',
      message: `${name} rejected the request: ${text} ${advice}`,
      cause,
      mayRetry: false,
    };
  };
  switch (error.type ?? typeOfStatus(status)) {
    case 'overloaded_error':
    case 'rate_limit_error':
      return {
        code: 'model.overloaded',
        message: `${name} is busy: ${text}`,
        cause,
        mayRetry: !isForbidden,
        ...wait,
      };
    case 'billing_error':
      return {
        code: 'model.unavailable',
        message: `${name} is not paid for: ${text} Check the plan and its limits.`,
        cause,
        mayRetry: false,
      };
    case 'authentication_error':
    case 'permission_error':
      return rejected('Check ANTHROPIC_API_KEY and what it may use.');
    case 'not_found_error':
      return rejected('Check the model in MODEL and ANTHROPIC_BASE_URL.');
    case 'invalid_request_error':
    case 'request_too_large':
      return rejected('Check the request and the model in MODEL.');
    default:
      return {
        code: 'model.unavailable',
        message: `${name} failed: ${text}`,
        cause,
        mayRetry: !isForbidden,
        ...wait,
      };
  }
}

function typeOfStatus(status: number | undefined): string {
  if (status === undefined) return 'api_error';
  if (status === 429) return 'rate_limit_error';
  if (status === 529) return 'overloaded_error';
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'billing_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 408 || status === 409 || status >= 500) return 'api_error';
  return 'invalid_request_error';
}
