/** Reads policy, people and the list of tool servers from their files, with every mistake named. */
import { basename } from 'node:path';
import type { Config, ConfigFile } from './config.ts';
import { readSettingsFile } from './core/read-settings-file.ts';
import { parsePolicy } from './gate/parse-policy.ts';
import type { Policy } from './gate/policy.ts';
import { createPeople } from './people/create-people.ts';
import { demonstrationPeople, parsePeople } from './people/parse-people.ts';
import type { People } from './people/person.ts';
import { parseMcpConfig } from './tools/mcp-config.ts';
import type { ServerConfig } from './tools/mcp-config.ts';

function readText(key: string, { path }: ConfigFile): string {
  return readSettingsFile(key, path, 'create it, or give this user the right to read it');
}

/** The files as they stand; `people` is undefined where there is none. */
export interface SetupTexts {
  readonly people: string | undefined;
  readonly policy: string;
}

export function readSetupTexts(config: Config): SetupTexts {
  const { peopleFile, policyFile } = config;
  return {
    people: peopleFile === undefined ? undefined : readText('PEOPLE_FILE', peopleFile),
    policy: readText('POLICY_FILE', policyFile),
  };
}

/** People and the policy that names them, from one look at their files. */
export function parseSetup(
  config: Config,
  texts: SetupTexts,
): { readonly people: People; readonly policy: Policy } {
  const people = parsePeopleText(config, texts.people);
  return { people, policy: parsePolicyText(config, texts.policy, people) };
}

export function loadPolicy(config: Config, people: People): Policy {
  return parsePolicyText(config, readText('POLICY_FILE', config.policyFile), people);
}

/** A text as the policy, beside the people of today: what `policy check` says of it. */
export function parsePolicyBeside(config: Config, text: string): Policy {
  return parsePolicyText(config, text, loadPeople(config));
}

/** Who is who, as the file says now. */
export function loadPeople(config: Config): People {
  const { peopleFile } = config;
  return parsePeopleText(config, peopleFile === undefined ? undefined : readText('PEOPLE_FILE', peopleFile));
}

function parsePolicyText(config: Config, text: string, people: People): Policy {
  const { path, isShipped } = config.policyFile;
  return parsePolicy(text, basename(path), {
    timeZone: config.timeZone,
    // The shipped policy names the demonstration's roles; without those people it asks nobody, which is closed.
    // Without a people file they are added in chat, which is not read yet here.
    ...(!isShipped && (people.isDemonstration || config.peopleFile !== undefined) && { people }),
  });
}

/**
 * Without a file the demonstration's four persons exist, but only with the shipped tool servers and without a chat
 * platform or a shared database: their tokens are public.
 */
function parsePeopleText(config: Config, text: string | undefined): People {
  if (config.peopleFile !== undefined && text !== undefined)
    return parsePeople(text, basename(config.peopleFile.path));
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
