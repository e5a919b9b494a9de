/** A file that came with a message: what the platform says of it, before anybody has read it. */
export interface AttachedFile {
  /** Names it for the adapter of its platform; opaque to everybody else. */
  readonly reference: string;
  readonly name: string;
  /** As the platform claims it. */
  readonly mediaType?: string;
  /** Bytes. */
  readonly size: number;
}

/** How many files of one message are read. */
export const mostFiles = 5;
/** Larger ones are not read. */
export const mostFileBytes = 10 * 1024 * 1024;
/** Why such a file was not read. */
export const tooLarge = 'it is larger than 10 MB';
