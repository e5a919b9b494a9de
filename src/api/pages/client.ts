/**
 * Talks to `/api/v1` as one person. A refusal is a value: pages show its sentence.
 */
import type { problemShape } from '../shapes.ts';

type ProblemJson = ReturnType<typeof problemShape.parse>;

export type Problem = Pick<ProblemJson, 'status' | 'code' | 'continueAs'> & {
  /** A sentence for people. */
  readonly detail: string;
};

export type Answer<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'problem'; readonly problem: Problem };

export interface Client {
  readonly token: string;
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, body: unknown): Promise<Answer<T>>;
  /** Sends a file as it is. */
  postFile<T>(path: string, file: Blob): Promise<Answer<T>>;
  /** The open stream of events, until the signal aborts. */
  openEvents(signal: AbortSignal): Promise<Answer<ReadableStream<Uint8Array>>>;
}

/** The headers as a plain object, so that the token can be put beside them. */
type Asking = Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> };

const silent: Problem = {
  status: 0,
  code: 'page.offline',
  detail: 'Countersign does not answer. Check that it runs and that you are connected.',
};

export function createClient(token: string): Client {
  const ask = async (path: string, init: Asking): Promise<Answer<Response>> => {
    try {
      const response = await fetch(`/api/v1${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${token}` },
      });
      if (response.ok) return { kind: 'ok', value: response };
      return { kind: 'problem', problem: await readProblem(response) };
    } catch {
      return { kind: 'problem', problem: silent };
    }
  };

  const askJson = async <T>(path: string, init: Asking): Promise<Answer<T>> => {
    const answer = await ask(path, init);
    if (answer.kind === 'problem') return answer;
    try {
      // The server answers with the shapes of shapes.ts: it is the same release as this page.
      return { kind: 'ok', value: (await answer.value.json()) as T };
    } catch {
      return {
        kind: 'problem',
        problem: { status: 0, code: 'page.garbled', detail: 'The answer was cut off. Load the page again.' },
      };
    }
  };

  return {
    token,
    get: (path) => askJson(path, { headers: { accept: 'application/json' } }),
    post: (path, body) =>
      askJson(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
      }),
    postFile: (path, file) =>
      askJson(path, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', accept: 'application/json' },
        body: file,
      }),
    async openEvents(signal) {
      const answer = await ask('/events', { headers: { accept: 'text/event-stream' }, signal });
      if (answer.kind === 'problem') return answer;
      const { body } = answer.value;
      return body === null ? { kind: 'problem', problem: silent } : { kind: 'ok', value: body };
    },
  };
}

async function readProblem(response: Response): Promise<Problem> {
  const fallback = {
    status: response.status,
    code: `http.${String(response.status)}`,
    detail: sentenceFor(response.status),
  };
  try {
    // Errors are application/problem+json; what is missing is filled from the status.
    const body = (await response.json()) as Partial<ProblemJson>;
    return {
      ...fallback,
      ...(body.code === undefined ? {} : { code: body.code }),
      ...(body.detail === undefined ? {} : { detail: body.detail }),
      ...(body.continueAs === undefined ? {} : { continueAs: body.continueAs }),
    };
  } catch {
    return fallback;
  }
}

function sentenceFor(status: number): string {
  switch (status) {
    case 401:
      return 'This token is not known here.';
    case 403:
      return 'You may not do this.';
    case 404:
      return 'This is not there, or not for you.';
    case 429:
      return 'Too many requests. Wait a moment and try again.';
    default:
      return status >= 500 ? 'Countersign has trouble right now. Try again shortly.' : 'This did not work.';
  }
}
