/** What stands after `/countersign` where people type it as words. Undefined when it is no command. */
export function commandText(text: string): string | undefined {
  const typed = /^\/countersign(?:\s+([\s\S]*))?$/iu.exec(text.trim());
  return typed === null ? undefined : (typed[1] ?? '').trim();
}

/** What a command answered, where files came with it. */
export function withoutFiles(text: string, files: readonly unknown[] = []): string {
  if (files.length === 0) return text;
  return `${text}\n\nA command takes no files: what came with it was left out. Send it with a message that asks something.`;
}
