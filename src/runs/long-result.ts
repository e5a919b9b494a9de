/** How much of one tool's answer a model reads at once; the ledger keeps the whole, and the thread gets it as a file. */
export const readAtOnce = 16_000;
