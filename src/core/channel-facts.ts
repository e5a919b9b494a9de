/** Who reads along in a channel, as far as it matters for what may be said there. */
export interface ChannelFacts {
  /** True when every member of the workspace may read it. Direct messages and private channels are not open. */
  readonly isOpen: boolean;
  /** True when people from outside the workspace read along: guests, or another organisation in a shared channel. */
  readonly hasOutsiders: boolean;
  /** As people there call it, without `#`. */
  readonly name?: string;
}

/** What counts for a channel that nobody can tell anything about: nothing leaves it, nothing of others enters it. */
export const unknownChannel: ChannelFacts = { isOpen: false, hasOutsiders: true };
