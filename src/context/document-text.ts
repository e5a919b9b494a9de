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

/** The same with secrets taken out of all that anybody could be told of it. */
export function withoutSecrets(read: ReadDocument, redact: (text: string) => string): ReadDocument {
  return {
    ...read,
    title: redact(read.title),
    sections: read.sections.map(({ headings, blocks }) => ({
      headings: headings.map(redact),
      blocks: blocks.map(redact),
    })),
  };
}
