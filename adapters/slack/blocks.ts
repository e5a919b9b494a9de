/** The parts of Block Kit that are sent, as Slack names them, and their limits. */

export const limits = {
  blocks: 50,
  viewBlocks: 100,
  /** Over all blocks of a form; Slack takes 250 kB of JSON. */
  viewText: 150_000,
  /** Of a form as JSON. */
  viewBytes: 240_000,
  /** Of that, what a form says besides its fields or its card. */
  viewBytesBeside: 8_000,
  /** Over all blocks of a message. Slack does not say; it refuses about 13,200. */
  text: 12_000,
  /** Of one text; Slack takes 3,000. */
  sectionText: 2_900,
  header: 150,
  buttonText: 75,
  actionId: 255,
  /** Of a link; Slack takes 3,000 of a button's and says nothing of others. */
  address: 2_900,
  confirmText: 300,
  modalTitle: 24,
  privateMetadata: 3_000,
  inputLength: 3_000,
  /** Of the plain text beside the blocks: what a phone shows. */
  notification: 2_000,
  /** Of the same, escaped; an edit takes 4,000. */
  escaped: 3_500,
} as const;

export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}

/** mrkdwn; `verbatim` keeps Slack from making links and names of what looks like them. */
export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

export interface TextStyle {
  readonly bold?: true;
  readonly italic?: true;
  readonly strike?: true;
  readonly code?: true;
}

export interface RichText {
  readonly type: 'text';
  readonly text: string;
  readonly style?: TextStyle;
}

export type RichInline =
  | RichText
  | { readonly type: 'link'; readonly url: string; readonly text: string; readonly style?: TextStyle }
  | {
      readonly type: 'date';
      readonly timestamp: number;
      readonly format: string;
      readonly fallback: string;
    }
  | { readonly type: 'user'; readonly user_id: string }
  | { readonly type: 'channel'; readonly channel_id: string };

export interface RichSection {
  readonly type: 'rich_text_section';
  readonly elements: readonly RichInline[];
}

export type RichPart =
  | RichSection
  | {
      readonly type: 'rich_text_list';
      readonly style: 'bullet' | 'ordered';
      readonly indent: number;
      readonly offset?: number;
      readonly elements: readonly RichSection[];
    }
  | { readonly type: 'rich_text_quote'; readonly elements: readonly RichInline[] }
  | { readonly type: 'rich_text_preformatted'; readonly elements: readonly RichText[] };

export interface RichBlock {
  readonly type: 'rich_text';
  readonly elements: readonly RichPart[];
}

export interface ButtonElement {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly style?: 'primary' | 'danger';
  readonly url?: string;
  readonly confirm?: {
    readonly title: PlainText;
    readonly text: PlainText;
    readonly confirm: PlainText;
    readonly deny: PlainText;
  };
}

export interface ActionsBlock {
  readonly type: 'actions';
  readonly elements: readonly ButtonElement[];
}

/** Slack's own pair of buttons for what people think of an answer; the press carries the value. */
export interface FeedbackBlock {
  readonly type: 'context_actions';
  readonly elements: readonly [
    {
      readonly type: 'feedback_buttons';
      readonly action_id: string;
      readonly positive_button: FeedbackButton;
      readonly negative_button: FeedbackButton;
    },
  ];
}

interface FeedbackButton {
  readonly text: PlainText;
  readonly accessibility_label: string;
  readonly value: string;
}

export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'context'; readonly elements: readonly (PlainText | Mrkdwn)[] }
  | { readonly type: 'divider' }
  | RichBlock
  | FeedbackBlock
  | ActionsBlock;

export interface TextInput {
  readonly type: 'plain_text_input';
  readonly action_id: string;
  readonly multiline: boolean;
  readonly max_length: number;
  readonly initial_value?: string;
}

export interface DateInput {
  readonly type: 'datepicker';
  readonly action_id: string;
  readonly initial_date?: string;
}

export interface SelectOption {
  readonly text: PlainText;
  /** Stands below the text. */
  readonly description?: PlainText;
  readonly value: string;
}

/** One list, or several with a label each. */
export type OptionLists =
  | { readonly options: readonly SelectOption[] }
  | {
      readonly option_groups: readonly {
        readonly label: PlainText;
        readonly options: readonly SelectOption[];
      }[];
    };

export type SelectInput = OptionLists & {
  readonly type: 'static_select';
  readonly action_id: string;
  readonly initial_option?: SelectOption;
};

export interface InputBlock {
  readonly type: 'input';
  readonly block_id: string;
  readonly optional: boolean;
  readonly label: PlainText;
  readonly hint?: PlainText;
  readonly element: TextInput | SelectInput | DateInput;
}

export type ModalBlock = Block | InputBlock;

export interface Modal {
  readonly type: 'modal';
  /** Absent where nothing comes back. */
  readonly callback_id?: string;
  readonly private_metadata?: string;
  readonly title: PlainText;
  readonly submit?: PlainText;
  readonly close: PlainText;
  readonly blocks: readonly ModalBlock[];
}

export function plain(text: string): PlainText {
  return { type: 'plain_text', text: text === '' ? '…' : text, emoji: false };
}
