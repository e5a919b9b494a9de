/** What stands after `/countersign` where people type it as words. Undefined when it is no command. */
export function commandText(text: string): string | undefined {
  const typed = /^\/countersign(?:\s+([\s\S]*))?$/iu.exec(text.trim());
  return typed === null ? undefined : (typed[1] ?? '').trim();
}
