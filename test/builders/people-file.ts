import { createHash } from 'node:crypto';

/** The demonstration's persons, roles and tokens as a file, for a folder with tool servers of its own. */
export function peopleFile(): string {
  const person = (id: string, roles: string): string => {
    const hash = createHash('sha256').update(`demo-${id}`).digest('hex');
    return `  ${id}: { name: ${id.charAt(0).toUpperCase()}${id.slice(1)}, roles: [${roles}], tokenSha256: ["${hash}"] }`;
  };
  return [
    'people:',
    person('ana', ''),
    person('ben', 'approver, finance'),
    person('cho', 'approver, engineering'),
    person('dev', ''),
    '',
  ].join('\n');
}
