/**
 * Where a thread comes to rest: at its end, but never past the head of a card that waits for somebody.
 *
 * Such a card is read from its title down; its buttons come after what they would set off.
 */

const waitingCards = '.card.is-approval:not(.is-settled), .card.is-outcome-unknown:not(.is-settled)';
const gapPx = 16;

export function restPlace(box: HTMLElement): number {
  const end = box.scrollHeight - box.clientHeight;
  const card = [...box.querySelectorAll(waitingCards)].at(-1);
  if (card === undefined) return end;
  const top = card.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop - gapPx;
  return Math.max(0, Math.min(end, top));
}
