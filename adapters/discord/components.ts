/** The parts of messages that are sent, as Discord names them, and the limits of both of its forms. */

export const limits = {
  /** Nested ones included. */
  components: 40,
  /** Over all text displays of a message; a little below the platform's 4,000. */
  text: 3_900,
  /** The content of a message in the classic form; a little below the platform's 2,000. */
  content: 1_950,
  label: 80,
  customId: 100,
  /** Of a button that is a link. */
  address: 512,
  /**
   * All files of one message. A server without boosts takes 10 MiB in a request, its words and what stands between the
   * files included.
   */
  fileBytes: 10 * 1024 * 1024 - 128 * 1024,
} as const;

export const flags = { suppressEmbeds: 1 << 2, ephemeral: 1 << 6, componentsV2: 1 << 15 } as const;

export interface TextDisplay {
  readonly type: 10;
  readonly id?: number;
  readonly content: string;
}

export interface ButtonPart {
  readonly type: 2;
  readonly style: 1 | 2 | 4;
  readonly label: string;
  readonly custom_id: string;
  readonly disabled?: true;
}

/** A button that leads somewhere, which nobody is told of. */
export interface LinkPart {
  readonly type: 2;
  readonly style: 5;
  readonly label: string;
  readonly url: string;
}

export interface ButtonRow {
  readonly type: 1;
  readonly components: readonly (ButtonPart | LinkPart)[];
}

export interface FilePart {
  readonly type: 13;
  readonly file: { readonly url: `attachment://${string}` };
}

/** Pictures, shown in the message. */
export interface GalleryPart {
  readonly type: 12;
  readonly items: readonly {
    readonly media: { readonly url: `attachment://${string}` };
    readonly description?: string;
  }[];
}

export interface ContainerPart {
  readonly type: 17;
  readonly id?: number;
  readonly accent_color: number;
  readonly components: readonly (TextDisplay | ButtonRow | FilePart)[];
}

export type MessagePart = TextDisplay | ButtonRow | FilePart | GalleryPart | ContainerPart;

/** Nobody is pinged, except the persons named. */
export interface AllowedMentions {
  readonly parse: readonly [];
  readonly users?: readonly string[];
  readonly replied_user?: false;
}

export const pingNobody: AllowedMentions = { parse: [] };
