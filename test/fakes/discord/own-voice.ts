/** What a reader takes for the bot's own words: everything but what stands quoted or in code. */

/** The lines of Discord Markdown in the bot's own voice, as a reader sees them begin: without marks and escapes. */
export function ownVoice(markdown: string): readonly string[] {
  return withoutCode(markdown)
    .split(/[\n\r\v\f\u0085\u2028\u2029]/u)
    .filter((line) => !line.startsWith('> '))
    .map((line) => line.replaceAll(/(?<!\\)`[^`]*`/gu, 'x').replaceAll('\\', ''));
}

/** The headings of cards and the small print of the trail, which nobody else's words become. */
export function ownMarks(markdown: string): readonly string[] {
  return withoutCode(markdown)
    .split('\n')
    .filter((line) => /^(?:###|-#) /u.test(line));
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^(?:> )?```[^\n]*\n[\s\S]*?\n(?:> )?```$/gmu, '');
}
