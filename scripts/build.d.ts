/** Bundles the product unless dist/ already follows from the sources; true when it built. */
export function buildIfNeeded(options?: { readonly withBench?: boolean }): Promise<boolean>;
