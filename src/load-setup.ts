/** Reads policy, people and the list of tool servers from their files, with every mistake named. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config, ConfigFile } from './config.ts';
import { AppError } from './core/errors.ts';
import { parsePolicy } from './gate/parse-policy.ts';
import type { Policy } from './gate/policy.ts';
import { createPeople } from './people/create-people.ts';
import { demonstrationPeople, parsePeople } from './people/parse-people.ts';
import type { People } from './people/person.ts';
import { parseMcpConfig } from './tools/mcp-config.ts';
import type { ServerConfig } from './tools/mcp-config.ts';

function readText(key: string, file: ConfigFile): string {
  try {
    return readFileSync(file.path, 'utf8');
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `${key}: ${file.path} cannot be read. Fix: create it, or give this user the right to read it.`,
      { cause },
    );
  }
}

export function loadPolicy(config: Config, people: People): Policy {
  const { path, isShipped } = config.policyFile;
  return parsePolicy(readText('POLICY_FILE', config.policyFile), basename(path), {
    timeZone: config.timeZone,
    // The shipped policy names the demonstration's roles; without those people it asks nobody, which is closed.
    ...(!isShipped && { people }),
  });
}

/**
 * Who is who. Without a file the demonstration's four persons exist, but only with the shipped tool servers and
 * without a chat platform or a shared database: their tokens are public.
 */
export function loadPeople(config: Config): People {
  if (config.peopleFile !== undefined) {
    return parsePeople(readText('PEOPLE_FILE', config.peopleFile), basename(config.peopleFile.path));
  }
  const isDemonstration =
    config.mcpConfig.isShipped && config.platforms.length === 0 && config.mongodbUri === undefined;
  if (isDemonstration) return demonstrationPeople();
  return createPeople({ isDemonstration: false, persons: [], roles: [], channels: [] });
}

/** `dist` holds the shipped servers as built. */
export function loadServers(config: Config, dist: string): readonly ServerConfig[] {
  return parseMcpConfig(readText('MCP_CONFIG', config.mcpConfig), {
    file: basename(config.mcpConfig.path),
    env: { ...config.environment, DATA_DIR: config.dataDir, COUNTERSIGN_DIST: dist },
  });
}
