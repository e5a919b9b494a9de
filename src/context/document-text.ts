/** The text of a document, whatever kind of file it came from. */

export interface Section {
  /** Outermost first. */
  readonly headings: readonly string[];
  readonly blocks: readonly string[];
}

export interface ReadDocument {
  readonly title: string;
  readonly sections: readonly Section[];
  /** What of a long file was not read: «pages 501 to 812». */
  readonly unread?: string;
}
