/**
 * The Embedder port: texts to vectors. Vectors of different models are never compared: `name` goes on every row.
 */
export interface Embedder {
  /** `voyage/voyage-4`, `openai/text-embedding-3-small`. */
  readonly name: string;
  /**
   * One vector of unit length for each text, in order. `use` says whether the texts are kept or asked for.
   *
   * Retries by itself what may pass. Throws `embedder.unavailable`, or `embedder.rejected` for what never will.
   */
  embed(texts: readonly string[], use: 'document' | 'query'): Promise<readonly Float32Array[]>;
}
