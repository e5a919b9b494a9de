/** A call that did not and will not happen as asked. The message names the reason and the fix. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
