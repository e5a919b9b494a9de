/**
 * Local stand-ins for the embedding services of Voyage and OpenAI, as strict as the real ones: unknown fields, empty
 * texts, too many texts or tokens, and a wrong key are turned down. Vectors are made of hashed words, so that texts
 * which share words are near each other.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

export interface FakeEmbeddings {
  readonly baseUrl: string;
  /** Texts of each request that was answered. */
  readonly batches: (readonly string[])[];
  /** What each request said the texts are for; OpenAI knows no such thing. */
  readonly uses: (string | undefined)[];
  /** Texts of each question about their order that was answered. */
  readonly reranks: (readonly string[])[];
  /** The next requests are answered with these statuses instead. */
  failNext(...statuses: readonly number[]): void;
  /** How many of them are still to come. */
  failuresLeft(): number;
  /** Requests with a text that holds this word are refused, whatever else they hold. */
  refuse(word: string): void;
  close(): Promise<void>;
}

export const fakeKey = 'key-of-the-test';
const dims = 64;

const services = {
  voyage: {
    mostTexts: 1_000,
    mostTokens: 320_000,
    body: z.strictObject({
      input: z.array(z.string().min(1)).min(1),
      model: z.literal('voyage-4'),
      input_type: z.enum(['query', 'document']).nullable().optional(),
      truncation: z.boolean().optional(),
      output_dimension: z.literal([256, 512, 1024, 2048]).optional(),
      output_dtype: z.enum(['float', 'int8', 'uint8', 'binary', 'ubinary']).optional(),
    }),
  },
  openai: {
    mostTexts: 2_048,
    mostTokens: 300_000,
    body: z.strictObject({
      input: z.array(z.string().min(1)).min(1),
      model: z.literal('text-embedding-3-small'),
      encoding_format: z.enum(['float', 'base64']).optional(),
      dimensions: z.number().int().optional(),
      user: z.string().optional(),
    }),
  },
} as const;

/** Voyage's other service: which texts answer a question best. */
const rerankBody = z.strictObject({
  query: z.string().min(1).max(32_000),
  documents: z.array(z.string().min(1)).min(1).max(1_000),
  model: z.enum(['rerank-2.5', 'rerank-2.5-lite']),
  top_k: z.number().int().positive().nullable().optional(),
  return_documents: z.boolean().optional(),
  truncation: z.boolean().optional(),
});

/** Most like the question by the same vectors, so that «picture» answers to «photo». */
function rerank(query: string, documents: readonly string[]): readonly object[] {
  const asked = vectorOf(query);
  const score = (text: string): number => {
    const vector = vectorOf(text);
    const dot = vector.reduce((sum, value, at) => sum + value * (asked[at] ?? 0), 0);
    return dot / (Math.hypot(...vector) * Math.hypot(...asked));
  };
  return documents.map((text, index) => ({ index, relevance_score: score(text) }));
}

export async function serveEmbeddings(service: keyof typeof services): Promise<FakeEmbeddings> {
  const { body: schema, mostTexts, mostTokens } = services[service];
  const batches: (readonly string[])[] = [];
  const uses: (string | undefined)[] = [];
  const failures: number[] = [];
  const reranks: (readonly string[])[] = [];
  const refused: string[] = [];

  const answer = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    const isRerank = service === 'voyage' && request.url === '/v1/rerank';
    if (request.method !== 'POST' || (request.url !== '/v1/embeddings' && !isRerank))
      return refuse(404, 'no such address');
    if (request.headers.authorization !== `Bearer ${fakeKey}`) return refuse(401, 'wrong key');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const status = failures.shift();
    if (status !== undefined) return refuse(status, 'as the test wished');
    if (isRerank) {
      const asked = rerankBody.safeParse(JSON.parse(text));
      if (!asked.success) return refuse(400, z.prettifyError(asked.error));
      const { query, documents, model } = asked.data;
      reranks.push(documents);
      const data = rerank(query, documents);
      return { status: 200, body: { object: 'list', data, model, usage: { total_tokens: 1 } } };
    }
    const parsed = schema.safeParse(JSON.parse(text));
    if (!parsed.success) return refuse(400, z.prettifyError(parsed.error));
    const { input, model } = parsed.data;
    const tokens = input.reduce((sum, entry) => sum + Math.ceil(entry.length / 4), 0);
    if (input.length > mostTexts) return refuse(400, 'too many texts');
    if (tokens > mostTokens) return refuse(400, 'too many tokens');
    if (input.some((entry) => refused.some((word) => entry.includes(word)))) return refuse(400, 'a bad text');
    batches.push(input);
    uses.push('input_type' in parsed.data ? (parsed.data.input_type ?? undefined) : undefined);
    const data = input.map((entry, index) => ({ object: 'embedding', index, embedding: vectorOf(entry) }));
    // Neither service promises an order.
    return {
      status: 200,
      body: { object: 'list', data: data.toReversed(), model, usage: { total_tokens: tokens } },
    };
  };

  const server = createServer((request, response) => {
    answer(request)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${String(port)}/v1`,
    batches,
    uses,
    reranks,
    refuse: (word) => void refused.push(word),
    failNext: (...statuses) => void failures.push(...statuses),
    failuresLeft: () => failures.length,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function refuse(status: number, message: string): { status: number; body: object } {
  return { status, body: { detail: message, error: { message } } };
}

/** Words of like meaning share a place, as they would for a real model. */
const alike: Readonly<Record<string, string>> = { picture: 'photo', image: 'photo', reimbursement: 'refund' };

function vectorOf(text: string): readonly number[] {
  const vector = Array.from({ length: dims }, () => 0.001);
  for (const [word] of text.toLowerCase().matchAll(/[a-z0-9]+/gu)) {
    const stem = word.replace(/s$/u, '');
    const hash = createHash('sha256')
      .update(alike[stem] ?? stem)
      .digest();
    vector[(hash[0] ?? 0) % dims] = (vector[(hash[0] ?? 0) % dims] ?? 0) + 1;
  }
  return vector;
}
