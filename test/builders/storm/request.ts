/** What people ask for in a storm: each with an amount of its own, so that its effect is told from all others. */
export type Place = 'console' | 'slack' | 'discord';

export interface Request {
  readonly id: string;
  readonly place: Place;
  readonly tool: string;
  readonly text: string;
  readonly amount: number;
  /** The console's run, or the message that opened the thread on a platform. */
  run?: string;
  thread?: string;
  /** The bot took it: from now on it may not be lost. */
  isAcknowledged: boolean;
  /** Slack may still deliver it: it tries again after one and after five minutes. */
  isOnItsWay: boolean;
  saidAt: number;
  /** When somebody's vote was last accepted, and when the company's books first showed the effect. */
  votedAt?: number;
  effectAt?: number;
}

/** Three of five on the console, one on each platform. One in ten is a refund: invoices have an end, credits none. */
export function requestOf(index: number): Request {
  const places: readonly Place[] = ['console', 'slack', 'console', 'discord', 'console'];
  const isRefund = index % 10 === 0;
  const amount = isRefund ? (101 + index / 10) / 100 : (501 + index) / 100;
  const words = `${amount.toFixed(2)} dollars`;
  return {
    id: `r${String(index)}`,
    place: places[Math.floor(index / 2) % places.length] ?? 'console',
    tool: isRefund ? 'billing/refund' : 'billing/credit',
    amount,
    text: isRefund
      ? `refund invoice 1042 of Acme, ${words}, broken`
      : `credit Acme ${words} for the late delivery`,
    isAcknowledged: false,
    isOnItsWay: false,
    saidAt: 0,
  };
}
