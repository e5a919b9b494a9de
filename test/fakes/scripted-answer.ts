/** What a stand-in for a model API answers, said once for every provider. */
export interface ScriptedCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Made up by the stand-in when absent; an empty text is sent as no id. */
  readonly id?: string;
}

export type ScriptedAnswer =
  | {
      readonly kind: 'answer';
      readonly text?: string;
      readonly calls?: readonly ScriptedCall[];
      readonly thinking?: { readonly text: string; readonly signature: string };
      readonly stop?: 'length' | 'refusal' | 'paused';
    }
  /** A call whose arguments are exactly this text; `isCut` ends the answer there, at its length. */
  | {
      readonly kind: 'raw-call';
      readonly name: string;
      readonly argumentsText: string;
      readonly isCut?: boolean;
    }
  /** Text, and then the connection breaks. */
  | { readonly kind: 'broken'; readonly text: string }
  /** Text, and then a proper end of the connection without an end of the answer. */
  | { readonly kind: 'unfinished'; readonly text: string }
  /** Text, and then an error inside the stream. */
  | { readonly kind: 'stream-error'; readonly text: string; readonly type: string; readonly message?: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly code?: string;
    }
  /** The request is taken and never answered. */
  | { readonly kind: 'hang' }
  /** Text, and then silence on an open connection. */
  | { readonly kind: 'stall'; readonly text: string }
  /** Exactly these frames of the stream; each is written on its own. */
  | { readonly kind: 'frames'; readonly frames: readonly string[] };

export type ScriptedReply = ScriptedAnswer | ((body: Readonly<Record<string, unknown>>) => ScriptedAnswer);

export const say = (text: string): ScriptedAnswer => ({ kind: 'answer', text });
export const call = (name: string, input: ScriptedCall['input']): ScriptedAnswer => {
  return { kind: 'answer', calls: [{ name, input }] };
};
