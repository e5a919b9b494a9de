/** A working folder with its owner's own files: who is who, which tool servers, which policy. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aFolder } from './running-bot.ts';

export interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface WorkingFolder {
  readonly path: string;
  write(files: Readonly<Record<string, string>>): void;
}

export function aWorkingFolder(files: Readonly<Record<string, string>> = {}): WorkingFolder {
  const path = aFolder();
  const write: WorkingFolder['write'] = (more) => {
    for (const [name, text] of Object.entries(more)) writeFileSync(join(path, name), text);
  };
  write(files);
  return { path, write };
}

export function mcpFile(servers: Readonly<Record<string, ServerEntry>>): string {
  return `${JSON.stringify({ mcpServers: servers }, undefined, 2)}\n`;
}
