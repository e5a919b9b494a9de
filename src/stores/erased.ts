/** Shown where a text was, in rows that no ledger makes again. */
export const erased = '(erased)';
