/** The embedders by name: `voyage/<model>`, `openai/<model>` (any compatible endpoint), `none`. */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Embedder } from './embedder.ts';
import { createHttpEmbedder } from './http-embedder.ts';

export interface EmbedderOptions {
  readonly clock: Clock;
  readonly voyage: { readonly apiKey?: string; readonly baseUrl?: string };
  readonly openai: { readonly apiKey?: string; readonly baseUrl?: string };
}

/** Tokens of one request, by Voyage's model. */
const voyageTokens: Readonly<Record<string, number>> = {
  'voyage-4-lite': 1_000_000,
  'voyage-4': 320_000,
};
const fewestVoyageTokens = 120_000;

/** Undefined for `none`. Throws `config.invalid` for a name that is none of these. */
export function createEmbedder(name: string, options: EmbedderOptions): Embedder | undefined {
  if (name === 'none') return undefined;
  const slash = name.indexOf('/');
  const provider = name.slice(0, Math.max(0, slash));
  const model = name.slice(slash + 1);
  if (model === '' || (provider !== 'voyage' && provider !== 'openai'))
    throw new AppError('config.invalid', `EMBEDDER: ${name} is not voyage/<model>, openai/<model> or none.`);
  const { apiKey, baseUrl } = options[provider];
  if (apiKey === undefined && baseUrl === undefined)
    throw new AppError(
      'config.invalid',
      `EMBEDDER: ${name} needs ${provider.toUpperCase()}_API_KEY. Fix: set it, or set EMBEDDER=none.`,
    );
  const shared = { name, ...(apiKey !== undefined && { apiKey }) };
  if (provider === 'voyage') {
    return createHttpEmbedder(
      {
        ...shared,
        url: `${(baseUrl ?? 'https://api.voyageai.com/v1').replace(/\/$/u, '')}/embeddings`,
        mostTexts: 1_000,
        mostTokens: voyageTokens[model] ?? fewestVoyageTokens,
        body: (texts, use) => ({ input: texts, model, input_type: use, truncation: true }),
      },
      options.clock,
    );
  }
  return createHttpEmbedder(
    {
      ...shared,
      url: `${(baseUrl ?? 'https://api.openai.com/v1').replace(/\/$/u, '')}/embeddings`,
      mostTexts: 2_048,
      mostTokens: 300_000,
      body: (texts) => ({ input: texts, model, encoding_format: 'float' }),
    },
    options.clock,
  );
}
