/**
 * The slash commands, as Discord keeps them. Who may use what is decided when it is used, never here.
 *
 * `/countersign` has a subcommand for each of our commands, each workflow a command of its own.
 */
import { z } from 'zod';
import type {
  AdapterContext,
  CommandPlan,
  OfferedCommand,
  SlashCommandRules,
  WorkflowCommand,
  WorkflowField,
} from '../../src/chat/adapter.ts';
import { slashCommands } from '../../src/chat/slash-commands.ts';
import { fitLargest } from '../../src/chat/fit-largest.ts';
import { AppError } from '../../src/core/errors.ts';
import { isSnowflake } from './places.ts';
import type { DiscordRest } from './rest.ts';

export const commandName = 'countersign';
/** The one option of a subcommand: what follows its name. */
export const detailsOption = 'details';

const types = { subcommand: 1, text: 3 } as const;
const longestDescription = 100;
/** What follows it is the command itself. */
export const moreName = 'more';

interface Option {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly autocomplete?: boolean;
  readonly max_length?: number;
  /** The only values it takes. */
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
  readonly options?: readonly Option[];
}

interface Definition {
  readonly name: string;
  readonly type: 1 | 2 | 3;
  /** Empty for an entry of a menu, which has none. */
  readonly description: string;
  readonly contexts: readonly number[];
  readonly integration_types: readonly number[];
  readonly options: readonly Option[];
}

/** The option of a workflow's command that takes words. */
export const requestOption = 'request';
/** Stands in the menu of every message. */
export const messageCommand = 'Ask Countersign about this';
export const learnCommand = 'Let Countersign learn this';
/** Stands in the menu of every person. */
export const personCommand = 'What waits for this person';

export type Offered = Pick<AdapterContext, 'commands' | 'workflows'>;

/** In servers and in direct messages with the bot, for servers that added it. */
const everywhere = { contexts: [0, 1], integration_types: [0] };

export function commandDefinitions({ commands, workflows }: Offered): readonly Definition[] {
  const rare = commands.filter(({ isRare }) => isRare);
  return [
    {
      name: commandName,
      type: 1,
      description: 'What waits for you, what runs, and help',
      ...everywhere,
      options: [
        ...commands.filter(({ isRare }) => !isRare).map(subcommandOf),
        ...(rare.length === 0 ? [] : [moreCommand(rare)]),
        { type: types.subcommand, name: 'help', description: 'What you can do here', options: [] },
      ],
    },
    { name: messageCommand, type: 3, description: '', ...everywhere, options: [] },
    { name: learnCommand, type: 3, description: '', ...everywhere, options: [] },
    { name: personCommand, type: 2, description: '', ...everywhere, options: [] },
    ...slashCommands(workflows, discordSlashCommands).taken.map(workflowCommand),
  ];
}

/** Discord takes a hundred slash commands, `/countersign` among them. */
export const discordSlashCommands: SlashCommandRules = {
  name: /^[a-z][a-z0-9-]{0,31}$/u,
  most: 99,
  words: 'Discord takes 99 of them beside /countersign, by names of up to 32 small letters, digits and -',
};

function workflowCommand({ name, title, fields }: WorkflowCommand): Definition {
  const request: Option = {
    name: requestOption,
    description: 'What exactly, in your words; without it, a form asks',
    type: types.text,
    required: false,
    max_length: 2_000,
  };
  const named = fields
    .filter(({ name: field }, at) => isOptionName(field) && at === firstOfName(fields, field))
    .slice(0, mostOptions - 1)
    .map(fieldOption);
  const own = { name, description: shortened(title === '' ? name : title) };
  const room = longestCommand - charactersOf(own) - charactersOf(request);
  return { ...own, type: 1, ...everywhere, options: [request, ...fitting(named, room)] };
}

/** Names are the same to Discord in capitals. */
function firstOfName(fields: readonly WorkflowField[], name: string): number {
  return fields.findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
}

/** Of all names, descriptions and values of a command together. */
const longestCommand = 8_000;

/** The longest lists are completed while one types where not all of them fit into one command. */
function fitting(options: readonly Option[], room: number): readonly Option[] {
  const parts = options.map((option) => ({
    part: option,
    size: charactersOf(option),
    smaller() {
      const { choices: _typed, ...rest } = option;
      const part = { ...rest, ...completed };
      return { part, size: charactersOf(part) };
    },
  }));
  return fitLargest(parts, room);
}

function charactersOf({
  name,
  description,
  choices = [],
}: Pick<Option, 'name' | 'description' | 'choices'>): number {
  const offered = choices.reduce((sum, choice) => sum + choice.name.length + choice.value.length, 0);
  return name.length + description.length + offered;
}

/** Discord takes so many options of a command, the request among them. */
const mostOptions = 25;
const mostChoices = 25;

/** What Discord takes as an option's name, in small letters; `request` is ours. */
function isOptionName(field: string): boolean {
  return /^[\w-]{1,32}$/u.test(field) && field.toLowerCase() !== requestOption;
}

/** What is offered while one types. */
const completed = { max_length: 500, autocomplete: true } as const;

/** None is required: what is missing is asked for in the thread. */
function fieldOption({ name, label, choices, isRequired }: WorkflowField): Option {
  const about = isRequired ? label : `${label} (optional)`;
  const fits = choices.every((choice) => choice !== '' && choice.length <= 100);
  const isList = choices.length > 0 && choices.length <= mostChoices && fits;
  return {
    type: types.text,
    name: name.toLowerCase(),
    description: shortened(about),
    required: false,
    ...(isList ? { choices: choices.map((choice) => ({ name: choice, value: choice })) } : completed),
  };
}

function subcommandOf({ name, usage, help, isSuggesting }: OfferedCommand): Option {
  const details: Option = {
    type: types.text,
    name: detailsOption,
    description: shortened(usage),
    required: usage.startsWith('<'),
    max_length: 1_000,
    ...(isSuggesting && { autocomplete: true }),
  };
  return {
    type: types.subcommand,
    name,
    description: shortened(help),
    options: usage === '' ? [] : [details],
  };
}

/** Discord takes 25 subcommands: those that are needed seldom are written behind one. */
function moreCommand(rare: readonly OfferedCommand[]): Option {
  const usages = rare.map(({ name, usage }) => `${name} ${usage}`.trim());
  return {
    type: types.subcommand,
    name: moreName,
    description: shortened(`Needed seldom: ${rare.map(({ name }) => name).join(', ')}`),
    options: [
      {
        type: types.text,
        name: detailsOption,
        description: shortened(usages.join(', or ')),
        required: true,
        max_length: 1_000,
      },
    ],
  };
}

/** As Discord answers them: fields at their defaults are left out, or null. */
const keptOption = z.object({
  type: z.number(),
  name: z.string(),
  description: z.string(),
  required: z.boolean().nullish(),
  autocomplete: z.boolean().nullish(),
  max_length: z.number().nullish(),
  choices: z.array(z.object({ name: z.string(), value: z.union([z.string(), z.number()]) })).nullish(),
  get options(): z.ZodOptional<z.ZodArray<typeof keptOption>> {
    return z.array(keptOption).optional();
  },
});
const keptCommand = z.object({
  name: z.string(),
  type: z.number().default(1),
  description: z.string().default(''),
  contexts: z.array(z.number()).nullish(),
  options: z.array(keptOption).default([]),
});

/** Compares what Discord keeps for the application, or for one server, with what there is here. */
export async function planCommands(
  rest: DiscordRest,
  options: { readonly applicationId: string; readonly guild?: string; readonly offered: Offered },
): Promise<CommandPlan> {
  const { applicationId, guild, offered } = options;
  if (guild !== undefined && !isSnowflake(guild))
    throw new AppError(
      'config.invalid',
      `--guild: ${guild} is not the id of a server. Fix: switch on Discord's developer mode and choose «Copy Server ID» on the server.`,
    );
  const path =
    `/applications/${applicationId}${guild === undefined ? '' : `/guilds/${guild}`}/commands` as const;
  const kept = z.array(keptCommand).parse(await rest.send('GET', path));
  const wanted = commandDefinitions(offered);
  const changes = [
    ...wanted.flatMap((command) => {
      const there = kept.find(({ name, type }) => name === command.name && type === command.type);
      if (there === undefined) return [`+ ${wordsOf(command)}`];
      return comparable(there) === comparable(command)
        ? []
        : [`~ ${command.type === 1 ? `/${command.name}` : wordsOf(command)}: ${whatDiffers(there, command)}`];
    }),
    ...kept
      .filter(({ name, type }) => !wanted.some((command) => command.name === name && command.type === type))
      .map((command) => `- ${wordsOf(command)}`),
  ];
  return {
    changes,
    async apply() {
      if (changes.length > 0) await rest.send('PUT', path, { body: wanted.map(asSent) });
    },
  };
}

/** An entry of a menu has neither a description nor options. */
function asSent(command: Definition): object {
  const { name, type, contexts, integration_types: integrationTypes } = command;
  return type === 1 ? command : { name, type, contexts, integration_types: integrationTypes };
}

function wordsOf({ name, type, description }: { name: string; type: number; description: string }): string {
  if (type === 1) return `/${name}: ${description}`;
  return `«${name}» in the menu of a ${type === 2 ? 'person' : 'message'}`;
}

type Comparable = Pick<z.infer<typeof keptCommand>, 'name' | 'description' | 'contexts'> & {
  readonly options: readonly Option[] | z.infer<typeof keptCommand>['options'];
};

function comparable({ name, description, contexts, options }: Comparable | Definition): string {
  return JSON.stringify([name, description, contexts ?? [], options.map(comparableOption)]);
}

function comparableOption(option: Option | z.infer<typeof keptOption>): unknown {
  return [
    option.type,
    option.name,
    option.description,
    option.required ?? false,
    option.autocomplete ?? false,
    option.max_length ?? 0,
    (option.choices ?? []).map(({ name, value }) => [name, value]),
    (option.options ?? []).map(comparableOption),
  ];
}

function whatDiffers(there: z.infer<typeof keptCommand>, wanted: Definition): string {
  const had = there.options.map(({ name }) => name);
  const has = wanted.options.map(({ name }) => name);
  const words = [
    ...has.filter((name) => !had.includes(name)).map((name) => `adds ${name}`),
    ...had.filter((name) => !has.includes(name)).map((name) => `removes ${name}`),
  ];
  if (words.length > 0) return words.join(', ');
  return wanted.type === 1 ? 'its descriptions change' : 'where it stands changes';
}

function shortened(text: string): string {
  return text.length <= longestDescription ? text : `${text.slice(0, longestDescription - 1)}…`;
}
